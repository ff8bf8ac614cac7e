import type { Problem } from "@altaworx/optimizer"
import { type MadeProblem, makeProblem } from "../../packages/optimizer/test/make-problem.ts"

/** As `MadeProblem`, with columns in typed arrays so that a million SIMs take little memory. */
export type LargeFleet = MadeProblem

// Drawn in parts: a plain list of a million numbers would weigh more than what is measured.
const PART = 20_000

/** A fleet of the kind `makeProblem` makes, its columns drawn part by part from seeds that follow from its own. */
export function largeFleet(made: LargeFleet): Problem {
  const { sims } = made
  const plain = makeProblem({ ...made, sims: Math.min(sims, PART) })
  const columns: Record<string, Float64Array | Int32Array> = {}
  for (let start = 0, part = 0; start < sims; start += PART, part++) {
    const drawn = makeProblem({
      ...made,
      seed: made.seed + 1000 * part,
      sims: Math.min(PART, sims - start),
      limits: false,
    })
    for (const [name, values] of Object.entries(drawn.sims)) {
      columns[name] ??= name === "usage" ? new Float64Array(sims) : new Int32Array(sims)
      columns[name].set(values as number[], start)
    }
  }
  const scale = sims / Math.min(sims, PART)
  const plans = plain.plans.map((plan) => ({
    ...plan,
    ...(plan.maxSims == null ? {} : { maxSims: Math.ceil(plan.maxSims * scale) }),
    ...(plan.minSims == null ? {} : { minSims: Math.floor(plan.minSims * scale) }),
  }))
  return { ...plain, plans, sims: { ...columns, usage: columns["usage"]! } as Problem["sims"] }
}
