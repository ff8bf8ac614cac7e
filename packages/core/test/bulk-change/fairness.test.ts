import { describe, expect, it } from "vitest"
import { fairnessRun, TROUBLES } from "./fairness-run.ts"

// A turn of an account: half a minute, and what its last call may take.
const TURN = 60_000

describe.each(Object.entries(TROUBLES))("while an account %s", { timeout: 60_000 }, (_, trouble) => {
  it("each other one with work and room is called, with fewer jobs side by side than accounts by turns", async () => {
    for (const { longest, processed, accounts } of await fairnessRun(1, trouble, () => 1)) {
      expect(processed).toBe(1)
      expect(longest).toBeLessThanOrEqual(accounts * TURN)
    }
  })

  it("each other one with work and room is called all the time, with a job for each side by side", async () => {
    for (const { longest, processed, callsPerSecond } of await fairnessRun(3, trouble, (accounts) => accounts)) {
      expect(processed).toBe(1)
      expect(longest).toBeLessThanOrEqual(3_000 / callsPerSecond + 1_000)
    }
  })
})
