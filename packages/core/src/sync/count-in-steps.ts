import type { Platform, Statement } from "../store/mod.ts"
import { adaptiveChunkSize } from "./chunk-size.ts"

const MOST_ROWS_A_STEP = 5_000

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
  const size = adaptiveChunkSize(runtime.clock, MOST_ROWS_A_STEP)
  let count = 0
  for (let after: string | null = ""; after !== null; ) {
    const statement = step(after, size.rows())
    const [row] = await size.timed(async () => {
      const rows = await store.rows<{ count: number; last: string | null }>(statement)
      await runtime.clock.yield()
      return rows
    })
    count += row?.count ?? 0
    after = row?.last ?? null
  }
  return count
}
