import { describe, expect, it } from "vitest"
import { collectOptimizationReport, optimizationCsv } from "../../src/optimization/mod.ts"
import { currentCost, openWorld, randomFleet, SHARED_POOL } from "./priced-fleets.ts"
import { TENANT } from "./world.ts"

describe("the report's rows", () => {
  it("CSV savings add up to the session's saving, digit by digit", async () => {
    const { core, optimize } = await openWorld(SHARED_POOL)
    const session = await optimize()
    const csv = (await Array.fromAsync(optimizationCsv(core, { tenantId: TENANT, sessionId: session.id }))).join("")
    const [header, ...lines] = csv.trimEnd().split("\r\n")
    expect(header).toMatch(
      /^device,communicationPlan,fromRatePlan,toRatePlan,usageBytes,smsCount,chargeBefore,chargeAfter,saving,reason,/,
    )
    expect(lines).toHaveLength(4)
    const micro = (decimal: string) => BigInt(decimal.replace(".", ""))
    const sum = lines.map((line) => micro(line.split(",")[8] as string)).reduce((a, b) => a + b)
    expect(String(sum)).toBe(session.saving)
  })

  it("CSV quotes what needs it, and gives a spreadsheet no formula", async () => {
    const { core, optimize } = await openWorld({
      plans: [{ name: 'Plan "A", small' }],
      permitted: { "=cmd()": ['Plan "A", small'] },
      devices: [{ id: "-1+1", ratePlan: 'Plan "A", small', communicationPlan: "=cmd()", bytes: 1 }],
    })
    const { id: sessionId } = await optimize()
    const csv = await Array.fromAsync(optimizationCsv(core, { tenantId: TENANT, sessionId }))
    expect(csv[1]).toContain(
      '\'-1+1,\'=cmd(),"Plan ""A"", small","Plan ""A"", small",1,0,1.000000,1.000000,0.000000,Stays: no permitted rate plan makes the fleet cheaper,',
    )
  })

  it("report: plans, flows and bins add up to the fleet", async () => {
    const fleet = randomFleet(5)
    const { core, optimize } = await openWorld(fleet)
    const session = await optimize()
    const report = await collectOptimizationReport(core, { tenantId: TENANT, sessionId: session.id })
    const sum = (values: readonly bigint[]) => values.reduce((a, b) => a + b, 0n)
    expect(sum(report.ratePlans.map(({ costBefore }) => costBefore))).toBe(currentCost(fleet))
    expect(sum(report.ratePlans.map(({ costAfter }) => costAfter))).toBe(report.cost)
    expect(report.flows.reduce((moves, { deviceCount }) => moves + deviceCount, 0)).toBe(session.moveCount)
    expect(report.usage.bins.flatMap((bin) => Object.values(bin)).reduce((a, b) => a + b)).toBe(fleet.devices.length)
    for (const { bytes } of fleet.devices) {
      const at = bytes === 0 ? 0 : report.usage.bounds.findIndex((bound) => bytes < bound) + 1
      expect(Object.keys(report.usage.bins[at] ?? {}).length).toBeGreaterThan(0)
    }
    expect(report.largestMoves.map(({ saving }) => saving)).toEqual(
      report.largestMoves.map(({ saving }) => saving).toSorted((a, b) => b - a),
    )
  })
})
