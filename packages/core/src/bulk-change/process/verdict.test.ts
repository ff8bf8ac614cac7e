import { describe, expect, it } from "vitest"
import type { OpenIntent } from "./intent.ts"
import { judgeLook, type Look } from "./verdict.ts"

const DEADLINE_MS = 60_000
const intent = (outcome: OpenIntent["outcome"], looks = 0) => ({
  outcome,
  code: outcome === "unknown" ? "network" : null,
  text: "Answer",
  sentAt: 0,
  deadlineAt: DEADLINE_MS,
  looks,
  isRecheck: false,
})
const look = (outcome: Look["outcome"]): Look => ({ outcome, code: null, text: "Look" })
const judge = (answered: OpenIntent["outcome"], seen: Look["outcome"], lookedAt: number, looks = 0) => {
  const verdict = judgeLook(intent(answered, looks), look(seen), lookedAt, DEADLINE_MS)
  return verdict.kind === "later" ? verdict.readDueAt : [verdict.end.status, verdict.end.code]
}

describe("judgeLook()", () => {
  it.each(["applied", "pending", "unknown"] as const)("believes its eyes, whatever the answer was: %s", (answered) => {
    for (const lookedAt of [0, DEADLINE_MS, 10 * DEADLINE_MS]) {
      expect(judge(answered, "applied", lookedAt)).toEqual(["PROCESSED", null])
      expect(judge(answered, "refused", lookedAt)).toEqual(["API_FAILED", null])
    }
  })

  it("looks again after growing pauses, and once more at the deadline", () => {
    const due = []
    let at = 0
    for (let looks = 0; at < DEADLINE_MS; looks++) due.push((at = judge("applied", "pending", at, looks) as number))
    expect(due).toEqual([250, 750, 1_750, 3_750, 7_750, 15_750, 31_750, 60_000])
  })

  it("calls nothing undone before the deadline, nor by a look that could not read", () => {
    expect(judge("applied", "pending", DEADLINE_MS - 1)).toBe(DEADLINE_MS)
    expect(judge("applied", "pending", DEADLINE_MS)).toEqual(["API_FAILED", "not_applied"])
    expect(judge("pending", "pending", DEADLINE_MS)).toEqual(["UNKNOWN", "not_confirmed"])
    expect(judge("unknown", "pending", DEADLINE_MS)).toEqual(["UNKNOWN", "network"])
    expect(judge("applied", "unknown", DEADLINE_MS)).toBe(DEADLINE_MS + 250)
    expect(judge("applied", "unknown", 2 * DEADLINE_MS)).toEqual(["UNKNOWN", "unreadable"])
  })
})
