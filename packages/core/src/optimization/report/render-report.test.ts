import { describe, expect, it } from "vitest"
import { DEFAULT_GUARD_RAILS } from "../apply/guard-rails.ts"
import { renderOptimizationReport } from "./render-report.ts"
import type { OptimizationReport } from "./report.ts"

const NONE = { deviceCount: 0, saving: "0" }

const REPORT: OptimizationReport = {
  sessionId: "s1",
  serviceProvider: "Acme <b>& Co</b>",
  period: { startsAt: Date.UTC(2026, 0, 19), endsAt: Date.UTC(2026, 1, 19), timeZone: "UTC" },
  finishedAt: Date.UTC(2026, 1, 10),
  deviceCount: 3,
  excludedCount: 1,
  groupCount: 1,
  moveCount: 1,
  currentCost: 10_000_000n,
  baseCost: 10_000_000n,
  perSimCheapestCost: 9_000_000n,
  sequencesCost: 9_500_000n,
  groups: [],
  expectedDeviceCount: 3,
  components: {
    before: { baseRate: "8000000", rateCharge: "0", overage: "2000000", sms: "0" },
    after: { baseRate: "8000000", rateCharge: "0", overage: "0", sms: "0" },
  },
  cost: 8_000_000n,
  lowerBound: 7_999_999n,
  saving: 2_000_000n,
  gap: 1 / 7_999_999,
  ratePlans: ["Large", "Small"].map((name) => ({
    name,
    monthly: 1_000_000,
    includedBytes: 1024 ** 2,
    pool: null,
    devicesBefore: 1,
    devicesAfter: 2,
    costBefore: 5_000_000n,
    costAfter: 4_000_000n,
    componentsBefore: { baseRate: "4000000", rateCharge: "0", overage: "1000000", sms: "0" },
    componentsAfter: { baseRate: "4000000", rateCharge: "0", overage: "0", sms: "0" },
    forecast: { usedBytes: 4096n, projectedBytes: 8192n, lowBytes: 6144n, highBytes: 10_240n },
    usageAfter: { leastBytes: 0, mostBytes: 5000 },
  })),
  flows: [{ fromRatePlan: "Large", toRatePlan: "Small", deviceCount: 1, saving: 2_000_000n }],
  usage: { bounds: [1024, 2048, 4096, 8192], bins: [{ Small: 1 }, {}, {}, {}, { Small: 1, Large: 1 }] },
  forecast: { usedBytes: 8192n, projectedBytes: 16_384n, lowBytes: 12_288n, highBytes: 20_480n },
  largestMoves: [
    {
      serviceProviderId: "p1",
      projectedBytes: 1,
      lowBytes: 1,
      highBytes: 1,
      days: 31,
      componentsBefore: { baseRate: 0, rateCharge: 0, overage: 0, sms: 0 },
      componentsAfter: { baseRate: 0, rateCharge: 0, overage: 0, sms: 0 },
      carrierDeviceId: "8901<script>alert(1)</script>",
      communicationPlan: "LTE",
      usageBytes: 5000,
      smsCount: 0,
      fromRatePlan: "Large",
      toRatePlan: "Small",
      chargeBefore: 5_000_000,
      chargeAfter: 3_000_000,
      saving: 2_000_000,
      reason: 'Used "little"',
      poolPrice: null,
      nextRatePlan: null,
      marginToNext: null,
    },
  ],
  problems: [],
  exclusions: [
    {
      reason: "no_permitted_rate_plans",
      communicationPlan: "LTE new",
      ratePlan: "Large",
      deviceCount: 1,
      isPriced: false,
    },
  ],
  droppedRatePlans: [{ ratePlan: "Odd", reason: "overage_invalid" }],
  certificate: null,
  changes: { planned: 10, processed: 7, failed: 1, unknown: 2, verified: 7 },
  apply: {
    sessionId: "s1",
    guardRails: DEFAULT_GUARD_RAILS,
    notAfter: null,
    movesPerSecond: null,
    movesInTime: null,
    currentCost: "10000000",
    sessionCost: "8000000",
    plannedCost: "8000000",
    predictedSaving: "2000000",
    plannedSaving: "2000000",
    moveCount: 10,
    heldBack: { protected: 4, carrierRule: 0, mostMoves: 0, noTimeLeft: 0, savesTooLittle: 0 },
    createdBy: "test",
    createdAt: 0,
    reconciliation: {
      reconciledAt: 0,
      predictedSaving: "2000000",
      appliedSaving: "1250000",
      differences: {
        heldBack: { deviceCount: 4, saving: "250000" },
        refused: NONE,
        stale: NONE,
        failed: NONE,
        unknown: NONE,
        cancelled: NONE,
        open: NONE,
      },
      unexplained: { deviceCount: 1, saving: "500000" },
      unpricedCount: 0,
      state: "unexplained",
    },
  },
}

describe("renderOptimizationReport()", () => {
  const page = renderOptimizationReport(REPORT)

  it("escapes every name", () => {
    expect(page).not.toMatch(/<b>|<script/)
    expect(page).toContain("Acme &#60;b&#62;&#38; Co&#60;/b&#62;")
  })

  it("needs nothing else: no script, no address, no import", () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|https?:|url\(|@import/i)
  })

  it("has a text alternative and a table for each chart, and follows the reader's colours and width", () => {
    expect(page.match(/<svg role="img" aria-labelledby/g)).toHaveLength(3)
    expect(page.match(/<summary>As a table<\/summary>/g)).toHaveLength(3)
    expect(page).toContain("prefers-color-scheme: dark")
    expect(page).toContain('name="viewport"')
  })

  it("says what is saved, what is proved, what was done and what stays out", () => {
    for (const text of [
      "2.00",
      "20\u00a0% of the cost",
      "can save more than another 0.00",
      "LTE new",
      "Odd",
      "4 protected",
      "Held back by guard rails",
      "-0.25",
      "1.25",
      "Some SIMs are not where the outcome of their change says",
      "its overage figures make no sense",
    ]) {
      expect(page).toContain(text)
    }
    expect(page).toContain("7 of 10 applied, 1 failed, 2 unknown")
  })

  it("is well formed: every element is closed in order", () => {
    const open: string[] = []
    for (const [, closing, name, self] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/g)) {
      if (self === "/" || name === "meta") continue
      if (closing === "/") expect(open.pop()).toBe(name)
      else open.push(name as string)
    }
    expect(open).toEqual([])
  })

  it("tells a saving of nothing, and a loss, apart", () => {
    const still = { ...REPORT, saving: 0n, moveCount: 0, cost: 10_000_000n, lowerBound: 10_000_000n, gap: 0 }
    expect(renderOptimizationReport(still)).toContain("Every SIM is on its cheapest plan")
    expect(renderOptimizationReport({ ...REPORT, saving: -1_000_000n })).toContain("1.00 dearer")
  })
})
