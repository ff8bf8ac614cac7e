import { expect, it } from "vitest"

/**
 * A defect of the earlier system: what must hold, which our rule does, and a model of the earlier rule, in a few lines,
 * does not. A check that the model passes would prove nothing.
 */
export function defect<R>(
  number: number,
  says: string,
  rules: { readonly ours: R; readonly legacy: R },
  holds: (rule: R) => void | Promise<void>,
): void {
  it(`defect ${number}: ${says}`, { timeout: 60_000 }, async () => {
    await holds(rules.ours)
    const rejected = await Promise.resolve()
      .then(() => holds(rules.legacy))
      .then(
        () => false,
        () => true,
      )
    expect(rejected, "the earlier rule passes the check as well").toBe(true)
  })
}
