import type { Platform, Statement } from "../store/mod.ts"

// Takes a few milliseconds.
const ROWS_A_STEP = 5_000

/**
 * Counts rows in steps: one statement over a million of them would stop everything else in the process for as long as it
 * takes.
 *
 * @param step Counts `size` rows after an identifier and gives the last of theirs, null where there is none.
 */
export async function countInSteps(
  { store, runtime }: Platform,
  step: (after: string, size: number) => Statement,
): Promise<number> {
  let count = 0
  for (let after: string | null = ""; after !== null; ) {
    const [row]: readonly { count: number; last: string | null }[] = await store.rows(step(after, ROWS_A_STEP))
    count += row?.count ?? 0
    after = row?.last ?? null
    await runtime.clock.yield()
  }
  return count
}
