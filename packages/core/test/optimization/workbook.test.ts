import readWorkbook from "read-excel-file/universal"
import { describe, expect, it } from "vitest"
import { listOptimizationResults, optimizationWorkbook } from "../../src/optimization/mod.ts"
import { MB, openTestWorld, TENANT } from "./world.ts"

describe("optimizationWorkbook()", { timeout: 30_000 }, () => {
  const open = async () => {
    const { core, optimize } = await openTestWorld({
      plans: [
        { name: "=1+1", monthly: 2_500_000, includedBytes: 10 * MB },
        { name: "L", monthly: 9_000_000, includedBytes: 200 * MB },
      ],
      permitted: { Cars: ["=1+1", "L"], None: [] },
      devices: [
        { id: "8900000000000000017", ratePlan: "L", communicationPlan: "Cars", bytes: MB },
        { id: "8900000000000000025", ratePlan: "=1+1", communicationPlan: "Cars", bytes: 2 * MB },
        { id: "8900000000000000033", ratePlan: "L", communicationPlan: "None", bytes: MB },
      ],
    })
    const session = await optimize()
    return { core, session, key: { tenantId: TENANT, sessionId: session.id } }
  }

  it("reads back as the session: text stays text, digits and money stay whole", async () => {
    const { core, session, key } = await open()
    const { content, contentType } = await optimizationWorkbook(core, key)
    expect(contentType).toBe("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    const sheets = new Map((await readWorkbook(content)).map(({ sheet, data }) => [sheet, data]))
    expect([...sheets.keys()]).toEqual([
      "Statistics",
      "Rate plans",
      "Cost by component",
      "Usage",
      "Left out",
      "Left out devices",
      "Assignments",
    ])

    const [, ...assignments] = sheets.get("Assignments") ?? []
    const { results } = await listOptimizationResults(core, key)
    expect(assignments.map((row) => row.slice(0, 8))).toEqual(
      results.map((one) => [
        one.carrierDeviceId,
        one.communicationPlan,
        one.fromRatePlan,
        one.toRatePlan,
        one.usageBytes,
        one.smsCount === 0 ? 0 : one.smsCount,
        one.chargeBefore / 1_000_000,
        one.chargeAfter / 1_000_000,
      ]),
    )
    // 9.00 to 2.50 for the first, nothing for the second.
    expect(assignments.map((row) => row[8])).toEqual([6.5, 0])
    const statistics = new Map(sheets.get("Statistics")?.map(([name, value]) => [name, value]))
    expect(statistics.get("Saving")).toBe(6.5)
    expect(statistics.get("Session")).toBe(session.id)
    expect(
      sheets
        .get("Left out")
        ?.slice(1)
        .map((row) => row.slice(0, 2)),
    ).toEqual([["None", 1]])
    expect(sheets.get("Left out devices")?.slice(1)).toEqual([
      ["8900000000000000033", "None", "L", MB, "Not optimized: their communication plan permits no rate plan yet"],
    ])
    // All of what both plans cost is their base rate: 9.00 and 2.50 before, twice 2.50 after.
    expect(sheets.get("Cost by component")?.at(-1)?.slice(0, 5)).toEqual(["All", 11.5, 5, 0, 0])
    expect(sheets.get("Usage")?.at(-1)).toEqual(["All", 3 * MB, 3 * MB, 3 * MB, 3 * MB])
    expect(sheets.get("Rate plans")?.map((row) => row[0])).toEqual(["Rate plan", "=1+1", "L"])
  })

  it("holds only the moves where that is asked, and refuses more rows than allowed", async () => {
    const { core, key } = await open()
    const { content } = await optimizationWorkbook(core, { ...key, movesOnly: true, maxRows: 1 })
    const assignments = (await readWorkbook(content)).find(({ sheet }) => sheet === "Assignments")?.data
    expect(assignments).toHaveLength(2)
    await expect(optimizationWorkbook(core, { ...key, maxRows: 1 })).rejects.toMatchObject({
      code: "input.invalid",
      field: "maxRows",
    })
    await expect(optimizationWorkbook(core, { ...key, tenantId: "2" })).rejects.toMatchObject({
      code: "input.not_found",
    })
  })
})
