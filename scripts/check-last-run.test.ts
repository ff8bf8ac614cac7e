import { describe, expect, test } from "vitest"
import { countChangedAtCarrier, promiseFaults, shapeFaults, sumOfColumn } from "./check-last-run.mjs"

function goodRun() {
  return {
    version: 1,
    seed: 7,
    devices: 2000,
    faults: "on",
    injected: { rateLimited: 3, serverErrors: 2, dropped: 1, lostReplies: 1, drifted: 9, silentNoOps: 2 },
    sync: { calls: 50, pages: 41, rows: 2010, duplicates: 10, rounds: 1, scope: "all", certified: true, ms: 900 },
    promotion: { inserted: 2000, updated: 0, unchanged: 0, missing: 0 },
    optimization: {
      groups: 3,
      problems: 2,
      currentCost: "120000000",
      perSimCheapestCost: "110000000",
      sequencesCost: null as string | null,
      cost: "100000000",
      lowerBound: "99950000",
      gap: 50000 / 99950000,
      moves: 140,
      ms: 40,
    },
    reconcile: {
      predictedSaving: "20000000",
      plannedSaving: "20000000",
      appliedSaving: "19000000",
      missing: {
        heldBack: { devices: 0, saving: "0" },
        refused: { devices: 0, saving: "0" },
        stale: { devices: 0, saving: "0" },
        failed: { devices: 1, saving: "600000" },
        unknown: { devices: 1, saving: "400000" },
        cancelled: { devices: 0, saving: "0" },
        open: { devices: 0, saving: "0" },
        unexplained: { devices: 0, saving: "0" },
      },
      state: "explained",
      canary: "passed",
    },
    apply: { planned: 140, processed: 138, failed: 1, unknown: 1, verified: 138, ms: 700 },
    totalMs: 2000,
  }
}

function faultsAfter(change: (run: ReturnType<typeof goodRun>) => void): string[] {
  const run = goodRun()
  change(run)
  return promiseFaults(run)
}

describe("the check of last-run.json", () => {
  test("accepts a run that kept its promises", () => {
    expect(shapeFaults(goodRun())).toEqual([])
    expect(promiseFaults(goodRun())).toEqual([])
  })

  test("names missing, extra and malformed fields", () => {
    const { totalMs: _, ...short } = goodRun()
    expect(shapeFaults(short)).toEqual(["totalMs is missing"])
    expect(shapeFaults({ ...goodRun(), note: 1 })).toEqual(["note is not part of the format"])
    const run = goodRun()
    run.optimization.cost = "1.5"
    run.sync.pages = -1
    expect(shapeFaults(run)).toEqual(["sync.pages is malformed: -1", 'optimization.cost is malformed: "1.5"'])
  })

  test.each(["rateLimited", "serverErrors", "dropped", "lostReplies", "drifted", "silentNoOps"] as const)(
    "refuses a run with faults in which none was %s",
    (kind) => {
      expect(faultsAfter((run) => void (run.injected[kind] = 0))).toEqual([`no fault of the kind ${kind} was injected`])
    },
  )

  test("refuses a saving that is missing and not named, and a prediction of something else", () => {
    expect(faultsAfter((run) => void (run.reconcile.appliedSaving = "18999999"))).toHaveLength(1)
    expect(faultsAfter((run) => void (run.reconcile.predictedSaving = "20000001"))).toHaveLength(2)
    expect(faultsAfter((run) => void (run.reconcile.plannedSaving = "-1"))).toEqual([
      "the plan costs more than no change",
    ])
  })

  test("refuses a silent no-op that nobody named", () => {
    expect(faultsAfter((run) => void (run.injected.silentNoOps = 3))).toHaveLength(1)
  })

  test("refuses an uncertified sync, a wrong gap and a cost above a rival's", () => {
    expect(faultsAfter((run) => void (run.sync.certified = false))).toEqual(["the sync is not certified"])
    expect(faultsAfter((run) => void (run.optimization.gap = 0))).toHaveLength(1)
    expect(faultsAfter((run) => void (run.optimization.lowerBound = "90000000"))).toHaveLength(2)
    expect(faultsAfter((run) => void (run.optimization.sequencesCost = "99999999"))).toHaveLength(1)
  })
})

test("countChangedAtCarrier() believes the carrier, not the answer", () => {
  const journal = [
    { type: "fleet", seed: 1 },
    { type: "write", iccid: "1", fields: { ratePlan: "A" }, effect: "applied" },
    { type: "write", iccid: "2", fields: { ratePlan: "A" }, effect: "none" },
    { type: "write", iccid: "3", fields: { ratePlan: "A" }, effect: "none" },
    { type: "write", iccid: "3", fields: { ratePlan: "A" }, effect: "applied" },
    { type: "write", iccid: "4", fields: { ratePlan: "A" }, effect: "applied" },
    { type: "drift", iccid: "4", fields: { ratePlan: "B" } },
    { type: "drift", iccid: "5", fields: { accountCustom10: "x" } },
    { type: "fault", rule: 0, fault: "dropped" },
  ]
  expect(countChangedAtCarrier(journal.map((entry) => `${JSON.stringify(entry)}\n`).join(""))).toBe(2)
})

test("sumOfColumn() adds micro-units exactly, through quotes and signs", () => {
  const csv = 'device,reason,saving\r\n1,"a, ""b""\r\nc",0.100000\r\n2,,-9007199254740993.000001\r\n3,x,0.000003\r\n'
  expect(sumOfColumn(csv, "saving")).toBe(-9007199254740992_899998n)
  expect(() => sumOfColumn(csv, "price")).toThrow("no column")
  expect(() => sumOfColumn("saving\r\n1.5\r\n", "saving")).toThrow("six decimals")
})
