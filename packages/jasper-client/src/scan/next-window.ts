import { isJasperError } from "../errors.ts"
import { readAnswer } from "../wire/read-answer.ts"
import { deviceDetailsSchema } from "../wire/device-details.ts"
import type { ScanRun, WindowPage } from "./scan-run.ts"

/** Rows asked for their date, counted from the last one: a few at first, then in growing steps. */
const STEPS_BACK = [0, 1, 3, 7, 15, 31, 49]

/** How far back to assume the server's clock when an answer does not tell it, milliseconds. */
const UNKNOWN_CLOCK_MS = 60_000

/**
 * Where the window after a full page begins: at the modification date of its last row, which only Device Details tell.
 * A row may have changed again between the two answers; its date then says nothing about the page. So a date counts only
 * if it lies before the page's own `Date`; else the row before is asked.
 *
 * @returns Epoch milliseconds in whole seconds; undefined when no row has a usable date.
 */
export async function nextWindowStart(run: ScanRun, page: WindowPage): Promise<number | undefined> {
  const answeredAt = page.serverDate ?? run.clock.now() - UNKNOWN_CLOCK_MS
  for (const back of STEPS_BACK) {
    const row = page.rows[page.rows.length - 1 - back]
    if (row === undefined) return undefined
    const updatedAt = await dateUpdatedOf(run, row.iccid)
    if (updatedAt === undefined || updatedAt >= answeredAt) continue
    const second = Math.floor(updatedAt / 1_000) * 1_000
    // It is not known whether `modifiedSince` includes its own instant. A date on the full second would leave out the
    // rows that share it, so the window then starts one second earlier.
    return second === updatedAt ? second - 1_000 : second
  }
  return undefined
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
