import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { startOptimizationSession, whatIfOptimization } from "../../src/optimization/mod.ts"
import { MB, openTestWorld, TENANT, type TestFleet } from "./world.ts"

const FLEET: TestFleet = {
  plans: [
    { name: "Small", monthly: 1_000_000, includedBytes: 5 * MB },
    { name: "Large", monthly: 4_000_000, includedBytes: 50 * MB },
    { name: "Pooled", monthly: 3_000_000, includedBytes: 30 * MB, pool: "P", overageCost: 200_000 },
  ],
  permitted: { Cars: ["Small", "Large"], Meters: ["Pooled"] },
  devices: [
    ...[1, 2, 40, 45].map((mb) => ({ id: `car${mb}`, ratePlan: "Large", communicationPlan: "Cars", bytes: mb * MB })),
    { id: "meter1", ratePlan: "Pooled", communicationPlan: "Meters", bytes: 50 * MB },
    { id: "meter2", ratePlan: "Pooled", communicationPlan: "Meters", bytes: 20 * MB },
  ],
}

async function complete() {
  const world = await openTestWorld(FLEET)
  const session = await world.optimize()
  // Two small, two large; the meters use 10 MB more than they have.
  expect(session.cost).toBe("18000000")
  const ask = (change: Parameters<typeof whatIfOptimization>[1]["change"]) =>
    whatIfOptimization(world.core, { tenantId: TENANT, sessionId: session.id, change })
  return { ...world, session, ask }
}

describe("whatIfOptimization()", { timeout: 30_000 }, () => {
  it("prices a session anew: other prices, closed plans, pools, and plans that are new", async () => {
    const { ask } = await complete()
    // At 1.50 the large plan is still dearer than the small one for those who use little.
    expect(await ask({ ratePlans: { Large: { monthly: 1_500_000 } } })).toMatchObject({
      changedCost: "13000000",
      saving: "5000000",
      otherPlanCount: 0,
    })
    expect(await ask({ closeRatePlans: ["Small"] })).toMatchObject({
      changedCost: "24000000",
      saving: "-6000000",
      otherPlanCount: 2,
      deviceCounts: { Large: 4, Pooled: 2 },
    })
    expect(await ask({ pools: { P: { overageCost: 50_000, overageBlock: 1_024 } } })).toMatchObject({
      changedCost: "16500000",
    })
    const flat = { id: "Flat", monthly: 500_000, included: 1_000 * 1_024 }
    expect(await ask({ addRatePlans: [{ ...flat, communicationPlans: ["Cars"] }] })).toMatchObject({
      changedCost: "10000000",
      deviceCounts: { Flat: 4, Pooled: 2 },
    })
  })

  it("answers with the bound and the gap of both, and says what would not be permitted", async () => {
    const { session, ask } = await complete()
    const { cost, lowerBound, gap } = session
    // Everybody on the only plan that is left: proved, since nothing else is permitted.
    expect(await ask({ closeRatePlans: ["Small"] })).toMatchObject({
      cost,
      lowerBound,
      gap,
      changedCost: "24000000",
      changedLowerBound: "24000000",
      changedGap: 0,
    })
    expect(await ask({ closeRatePlans: ["Pooled"] })).toMatchObject({
      changedCost: null,
      changedLowerBound: null,
      changedGap: null,
      saving: null,
    })
  })

  it("gives way while it solves, and stops when it is asked to", async () => {
    const { core, session } = await complete()
    let turns = 0
    const clock = { ...core.runtime.clock, yield: async () => void turns++ }
    const patient = { ...core, runtime: { ...core.runtime, clock } }
    const request = { tenantId: TENANT, sessionId: session.id, change: {} }
    await whatIfOptimization(patient, request)
    // Two problems with a page each, read twice, and the steps of two searches.
    expect(turns).toBeGreaterThan(6)
    const signal = AbortSignal.abort(new Error("enough"))
    await expect(whatIfOptimization(core, { ...request, signal })).rejects.toThrow("enough")
  })

  it("touches nothing", async () => {
    const { core, ask } = await complete()
    const tables = await core.store.rows<{ name: string }>(
      sql`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
    )
    const all = () => Promise.all(tables.map(({ name }) => core.store.rows(sql.raw(`SELECT * FROM "${name}"`))))
    const before = await all()
    await ask({ closeRatePlans: ["Small"] })
    expect(await all()).toEqual(before)
  })

  it("refuses names that nothing has, and a session that is not complete", async () => {
    const { core, ask, request } = await complete()
    await expect(ask({ ratePlans: { Nope: { monthly: 1 } } })).rejects.toMatchObject({ field: "change.ratePlans" })
    await expect(ask({ pools: { Nope: { overageCost: 1 } } })).rejects.toMatchObject({ field: "change.pools" })
    const sessionId = await startOptimizationSession(core, request)
    await expect(whatIfOptimization(core, { tenantId: TENANT, sessionId, change: {} })).rejects.toMatchObject({
      field: "sessionId",
    })
    await expect(whatIfOptimization(core, { tenantId: "other", sessionId, change: {} })).rejects.toMatchObject({
      code: "input.not_found",
    })
  })
})
