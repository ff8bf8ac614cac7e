import { answerHtml, answerJson, type SimulatorAnswer, type SimulatorCall } from "./call.ts"
import type { WriteEntry } from "./journal.ts"
import type { SimulatorState } from "./state-view.ts"
import type { SimulatorStats } from "./stats.ts"

/** What the pages outside the carrier's API show: the truth, for tests and judges. */
export interface AdminView {
  readonly stats: SimulatorStats
  readonly state: SimulatorState
  readonly writes: readonly WriteEntry[]
  readonly clock: { now(): number; jump(ms: number): void; jumpToCycleEnd(): void }
}

const LINES_PER_PIECE = 500

/**
 * Answers GET `/simulator/stats`, `/simulator/devices` and `/simulator/writes` (the lists as NDJSON), and
 * POST `/simulator/clock?aheadMs=N` or `?to=cycleEnd`.
 */
export function answerAdmin({ method, path, query }: SimulatorCall, view: AdminView): SimulatorAnswer {
  if (method === "POST" && path === "/simulator/clock") return moveClock(query, view)
  if (method !== "GET") return answerHtml(404, "404 Not Found")
  if (path === "/simulator/stats") return answerJson(200, view.stats)
  if (path === "/simulator/devices") return answerLines(view.state)
  if (path === "/simulator/writes") return answerLines(view.writes)
  return answerHtml(404, "404 Not Found")
}

function moveClock(query: URLSearchParams, { clock }: AdminView): SimulatorAnswer {
  const aheadMs = Number(query.get("aheadMs") ?? "NaN")
  if (query.get("to") === "cycleEnd") clock.jumpToCycleEnd()
  else if (aheadMs >= 0) clock.jump(aheadMs)
  else return answerJson(400, { errorMessage: "Give aheadMs, 0 or more, or to=cycleEnd" })
  return answerJson(200, { now: clock.now() })
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
