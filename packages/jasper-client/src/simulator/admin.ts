import { answerHtml, answerJson, type SimulatorAnswer } from "./call.ts"
import type { SimulatorStats } from "./stats.ts"
import type { SimulatorState } from "./state-view.ts"
import type { WriteEntry } from "./journal.ts"

/** What the pages outside the carrier's API show: the truth, for tests and judges. */
export interface AdminView {
  readonly stats: SimulatorStats
  readonly state: SimulatorState
  readonly writes: readonly WriteEntry[]
}

const LINES_PER_PIECE = 500

/** Answers `/simulator/stats`, `/simulator/devices` and `/simulator/writes`; the lists are NDJSON. */
export function answerAdmin(path: string, view: AdminView): SimulatorAnswer {
  if (path === "/simulator/stats") return answerJson(200, view.stats)
  if (path === "/simulator/devices") return answerLines(view.state)
  if (path === "/simulator/writes") return answerLines(view.writes)
  return answerHtml(404, "404 Not Found")
}

function answerLines(items: Iterable<unknown>): SimulatorAnswer {
  return { status: 200, headers: { "Content-Type": "application/x-ndjson" }, body: pieces(items) }
}

function* pieces(items: Iterable<unknown>): Generator<string> {
  let lines: string[] = []
  for (const item of items) {
    lines.push(`${JSON.stringify(item)}\n`)
    if (lines.length < LINES_PER_PIECE) continue
    yield lines.join("")
    lines = []
  }
  yield lines.join("")
}
