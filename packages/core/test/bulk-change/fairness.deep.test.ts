import { describe, expect, it } from "vitest"
import { fairnessRun, TROUBLES } from "./fairness-run.ts"

const SEEDS = 25
// A turn of an account: half a minute, and what its last call may take.
const TURN = 60_000

describe.each(Object.entries(TROUBLES))("while an account %s", { timeout: 600_000 }, (_, trouble) => {
  it(`no other one starves, over ${SEEDS} seeds`, async () => {
    for (let seed = 100; seed < 100 + SEEDS; seed++) {
      // From one job at a time to one for each account.
      const sideBySide = (accounts: number) => 1 + (seed % accounts)
      for (const { longest, processed, accounts } of await fairnessRun(seed, trouble, sideBySide)) {
        expect({ seed, processed }).toEqual({ seed, processed: 1 })
        expect({ seed, isInTime: longest <= accounts * TURN }).toEqual({ seed, isInTime: true })
      }
    }
  })
})
