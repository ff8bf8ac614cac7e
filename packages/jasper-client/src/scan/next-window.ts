import { isJasperError } from "../errors.ts"
import { readAnswer } from "../wire/read-answer.ts"
import { deviceDetailsSchema } from "../wire/device-details.ts"
import type { ScanRun, WindowPage } from "./scan-run.ts"

/**
 * Rows asked for their date, counted from the last one. The first row comes second: when even that one is too new, none of
 * the others needs asking.
 */
const STEPS_BACK = [3, 12, 25, 37]

/** How far back to assume the server's clock when an answer does not tell it, milliseconds. */
const UNKNOWN_CLOCK_MS = 60_000

/**
 * Where the window after a full page begins: at the modification date of its last row, which only Device Details tell.
 * A row may have changed again between the two answers; its date then says nothing about the page. So a date counts only
 * if it lies before the page's own `Date` less the margin; else a row before it is asked.
 *
 * @returns Epoch milliseconds in whole seconds; undefined when no row has a usable date.
 */
export async function nextWindowStart(run: ScanRun, page: WindowPage): Promise<number | undefined> {
  // A change that details tell at once may show in the search only the margin later.
  const settledAt = (page.serverDate ?? run.clock.now() - UNKNOWN_CLOCK_MS) - run.marginMs
  const usable = async (back: number): Promise<number | undefined> => {
    const row = page.rows.at(-1 - back)
    const updatedAt = row === undefined ? undefined : await dateUpdatedOf(run, row.iccid)
    return updatedAt === undefined || updatedAt >= settledAt ? undefined : windowFrom(updatedAt)
  }
  const last = await usable(0)
  if (last !== undefined) return last
  const first = await usable(page.rows.length - 1)
  if (first === undefined) return undefined
  for (const back of STEPS_BACK) {
    const start = await usable(back)
    if (start !== undefined) return start
  }
  return first
}

/**
 * It is not known whether `modifiedSince` includes its own instant. A date on the full second would leave out the rows
 * that share it, so the window then starts one second earlier.
 */
function windowFrom(updatedAt: number): number {
  const second = Math.floor(updatedAt / 1_000) * 1_000
  return second === updatedAt ? second - 1_000 : second
}

/** The modification date of one device; undefined when it is gone or has none. */
export async function dateUpdatedOf(run: ScanRun, iccid: string): Promise<number | undefined> {
  try {
    const answer = await run.call({ method: "GET", path: `/devices/${iccid}` }, { signal: run.signal })
    run.tally.calls += answer.attempts
    return readAnswer(deviceDetailsSchema(), answer).dateUpdated ?? undefined
  } catch (error) {
    if (!isJasperError(error, "request.not_found")) throw error
    run.tally.calls += error.attempts.length
    return undefined
  }
}
