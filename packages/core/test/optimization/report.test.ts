import Papa from "papaparse"
import readWorkbook from "read-excel-file/universal"
import { describe, expect, it } from "vitest"
import { recordLineFacts } from "../../src/inventory/mod.ts"
import {
  collectOptimizationReport,
  optimizationCsv,
  optimizationWorkbook,
  renderOptimizationReport,
  renderOptimizationReportJson,
} from "../../src/optimization/mod.ts"
import { MB, openTestWorld, TENANT, type TestFleet } from "./world.ts"

/** 16 days of the 31 from 18 January 2026 to 18 February are over. */
const READ_AT = Date.UTC(2026, 1, 3)
const names = Array.from({ length: 16 }, (_, at) => `P${String(at).padStart(2, "0")}`)

const FLEET: TestFleet = {
  plans: [
    { name: "Small", monthly: 1_000_000, rateCharge: 400_000, includedBytes: 5 * MB, smsCost: 10_000 },
    { name: "Large", monthly: 4_000_000, rateCharge: 1_000_000, includedBytes: 50 * MB, smsCost: 10_000 },
    { name: "Broken", overageBlockBytes: 0 },
    ...names.map((name, at) => ({ name, monthly: (at + 2) * 1_000_000, includedBytes: (at + 1) * MB })),
  ],
  permitted: { Cars: ["Small", "Large", "Broken"], Many: names, Nothing: [] },
  devices: [
    { id: "1", ratePlan: "Large", communicationPlan: "Cars", bytes: MB, smsCount: 3, usageAt: READ_AT },
    { id: "2", ratePlan: "Small", communicationPlan: "Cars", bytes: 20 * MB, usageAt: READ_AT },
    { id: "3", ratePlan: "P15", communicationPlan: "Many", bytes: MB, usageAt: READ_AT },
    { id: "4", ratePlan: "P15", communicationPlan: "Many", bytes: MB, usageAt: READ_AT },
    { id: "no-plans", ratePlan: "Large", communicationPlan: "Nothing", bytes: 7 },
    { id: "off", ratePlan: "Large", communicationPlan: "Cars", bytes: 7, status: "deactivated" },
    { id: "unpriced", ratePlan: "Broken", communicationPlan: "Cars", bytes: 7 },
  ],
}

const LEFT_OUT = {
  "no-plans": /communication plan permits no rate plan/,
  off: /not in a billable status/,
  unpriced: /no usable prices/,
}

describe("the report of a session", () => {
  const open = async () => {
    const { core, optimize } = await openTestWorld(FLEET, { now: READ_AT, listens: false })
    const session = await optimize()
    const key = { tenantId: TENANT, sessionId: session.id }
    return { core, session, key, report: await collectOptimizationReport(core, key) }
  }

  it("has the same facts in JSON, CSV and workbook: band, parts, who is left out and why each moves", async () => {
    const { core, session, key, report } = await open()
    const json = JSON.parse(renderOptimizationReportJson(report)) as typeof report & {
      readonly forecast: Readonly<Record<string, string>>
    }
    const csv = (await Array.fromAsync(optimizationCsv(core, key))).join("")
    const rows = Papa.parse<Readonly<Record<string, string>>>(csv, { header: true, skipEmptyLines: true }).data
    const sheets = new Map(
      (await readWorkbook((await optimizationWorkbook(core, key)).content)).map(({ sheet, data }) => [sheet, data]),
    )

    // Every device of the fleet is in it once, with a reason.
    expect(rows.map((row) => row["device"]).toSorted()).toEqual(FLEET.devices.map(({ id }) => id).toSorted())
    for (const [id, reason] of Object.entries(LEFT_OUT)) {
      const row = rows.find(({ device }) => device === id)
      expect(row).toMatchObject({ chargeBefore: "", saving: "0.000000" })
      expect(row?.["reason"]).toMatch(reason)
      expect(sheets.get("Left out devices")?.find(([device]) => device === id)?.[4]).toMatch(reason)
    }
    const moves = rows.filter((row) => row["saving"] !== "" && row["fromRatePlan"] !== row["toRatePlan"])
    expect(moves.length).toBe(session.moveCount)
    for (const { reason } of moves) expect(reason).toMatch(/^Used /)

    // 16 of 31 days are over: 31/16 of the usage and one percent, give or take a quarter of what is still to come.
    const first = rows.find(({ device }) => device === "1")
    const projected = (MB * 31 * 1.01) / 16
    expect(Number(first?.["projectedBytes"])).toBe(Math.round(projected))
    expect(Number(first?.["lowBytes"])).toBe(Math.round(projected - (projected - MB) / 4))
    expect(Number(first?.["highBytes"])).toBe(Math.round(projected + (projected - MB) / 4))
    const sum = (column: string) => rows.reduce((total, row) => total + Number(row[column]), 0)
    expect(json.forecast).toEqual({
      usedBytes: String(23 * MB),
      projectedBytes: String(sum("projectedBytes")),
      lowBytes: String(sum("lowBytes")),
      highBytes: String(sum("highBytes")),
    })
    expect(sheets.get("Usage")?.at(-1)?.slice(1)).toEqual([
      23 * MB,
      sum("projectedBytes"),
      sum("lowBytes"),
      sum("highBytes"),
    ])

    // The parts of plans add up to the parts of the fleet, and those to the cost.
    const parts = ["baseRate", "rateCharge", "overage", "sms"] as const
    for (const [when, cost] of [
      ["Before", session.currentCost],
      ["After", session.cost],
    ] as const) {
      const all = json.components?.[when === "Before" ? "before" : "after"]
      expect(parts.reduce((total, part) => total + BigInt(all?.[part] ?? 0), 0n)).toBe(BigInt(cost ?? 0))
      for (const part of parts) {
        const ofPlans = json.ratePlans.map((plan) => BigInt(plan[`components${when}`][part]))
        expect(String(ofPlans.reduce((total, amount) => total + amount, 0n))).toBe(all?.[part])
        expect(Math.round(sum(`${part}${when}`) * 1_000_000)).toBe(Number(all?.[part]))
      }
    }
    expect(json.components?.before.sms).toBe("30000")
    expect(json).toMatchObject({ period: { startsAt: "2026-01-18T00:00:00.000Z" }, saving: session.saving })
    expect(json.droppedRatePlans).toEqual([{ ratePlan: "Broken", reason: "overage_invalid" }])
  })

  it("says on its page what each rule refused, what it costs in parts, and where usage goes", async () => {
    const { report } = await open()
    const page = renderOptimizationReport(report)
    for (const text of [
      "Usage at the end of the period",
      "Cost by component",
      "Rate charge",
      "What stays out",
      "its overage figures make no sense",
      "Groups with too many rate plans for sequences",
      "16 rate plans, 2 SIMs",
    ]) {
      expect(page, text).toContain(text)
    }
  })

  it("keeps parts whole where SIMs are billed for some days only", async () => {
    const world = await openTestWorld(FLEET, { now: READ_AT, usesProration: true, listens: false })
    await world.plain.unit({ name: "test.activate" }, [
      recordLineFacts(world.scope, [{ carrierDeviceId: "2", activatedAt: READ_AT }]),
    ])
    const session = await world.optimize()
    for (const when of ["before", "after"] as const) {
      const parts = Object.values(session.components?.[when] ?? {}).reduce((sum, part) => sum + BigInt(part), 0n)
      expect(String(parts)).toBe(when === "before" ? session.currentCost : session.cost)
    }
  })
})
