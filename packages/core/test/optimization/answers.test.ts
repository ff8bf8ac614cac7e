import { describe, expect, it } from "vitest"
import { eachMove } from "../../src/optimization/mod.ts"
import { cheapestByForce, currentCost, independentCost, openWorld, randomFleet, SHARED_POOL } from "./priced-fleets.ts"
import { MB, TENANT } from "./world.ts"

describe("what an optimization session finds", () => {
  it.each(Array.from({ length: 25 }, (_, seed) => seed))(
    "finds the optimum that trying everything finds (fleet %i)",
    async (seed) => {
      const fleet = randomFleet(seed)
      const { optimize, results } = await openWorld(fleet)
      const session = await optimize()
      const best = cheapestByForce(fleet)
      expect(session.status).toBe("CompleteWithSuccess")
      expect([session.currentCost, session.cost]).toEqual([String(currentCost(fleet)), String(best)])
      expect(BigInt(session.lowerBound ?? 0)).toBeLessThanOrEqual(best)
      const rows = await results(session.id)
      const byDevice = new Map(rows.map((row) => [row.carrierDeviceId, row.toRatePlan]))
      expect(
        independentCost(
          fleet,
          fleet.devices.map(({ id }) => byDevice.get(id) as string),
        ),
      ).toBe(best)
      expect(rows.reduce((sum, row) => sum + BigInt(row.saving), 0n)).toBe(currentCost(fleet) - best)
    },
  )

  it("solves groups that share a pool together: apart they cost more", async () => {
    const { optimize } = await openWorld(SHARED_POOL)
    const session = await optimize()
    const apart = Object.keys(SHARED_POOL.permitted)
      .map((name) => ({ ...SHARED_POOL, devices: SHARED_POOL.devices.filter((d) => d.communicationPlan === name) }))
      .reduce((sum, fleet) => sum + cheapestByForce(fleet), 0n)
    expect([session.groupCount, session.problemCount]).toEqual([2, 1])
    expect(session.cost).toBe(String(cheapestByForce(SHARED_POOL)))
    expect(BigInt(session.cost ?? 0)).toBeLessThan(apart)
  })

  it("groups communication plans whatever the order they list their plans in", async () => {
    const fleet = {
      ...SHARED_POOL,
      permitted: { Cars: ["Pool S", "Pool M"], Meters: ["Pool M", "Pool S"] },
      devices: SHARED_POOL.devices.map((device) => ({ ...device, ratePlan: "Pool M" })),
    }
    const { optimize } = await openWorld(fleet)
    const session = await optimize()
    expect(session.groupCount).toBe(1)
    expect(session.problems[0]?.definition.groups).toEqual([
      { communicationPlans: ["Cars", "Meters"], ratePlans: ["Pool M", "Pool S"] },
    ])
  })

  it("leaves out what it cannot price or may not move, each with its reason, and drops only the plan that is wrong", async () => {
    const { optimize, results } = await openWorld({
      plans: [
        { name: "A", monthly: 3_000_000, includedBytes: 50 * MB },
        { name: "B", monthly: 1_000_000, includedBytes: 5 * MB },
        { name: "No price", monthly: null },
        { name: "Bad overage", overageBlockBytes: 0 },
      ],
      permitted: { Open: ["A", "B", "Bad overage"], Empty: [], Unpriced: ["No price"] },
      devices: [
        { id: "moves", ratePlan: "A", communicationPlan: "Open", bytes: MB },
        { id: "asleep", ratePlan: "A", communicationPlan: "Open", bytes: 0, status: "inventory" },
        { id: "nowhere", ratePlan: "A", communicationPlan: null, bytes: 0 },
        { id: "empty", ratePlan: "A", communicationPlan: "Empty", bytes: 0 },
        { id: "unpriced", ratePlan: "A", communicationPlan: "Unpriced", bytes: 0 },
        { id: "on unpriced", ratePlan: "No price", communicationPlan: "Open", bytes: 0 },
        { id: "on bad", ratePlan: "Bad overage", communicationPlan: "Open", bytes: 0 },
        { id: "on nothing", ratePlan: null, communicationPlan: "Open", bytes: 0 },
      ],
    })
    const session = await optimize()
    expect(session).toMatchObject({ status: "CompleteWithSuccess", deviceCount: 1, excludedCount: 7, moveCount: 1 })
    expect(session.exclusions.map(({ reason, deviceCount }) => [reason, deviceCount]).toSorted()).toEqual([
      ["no_communication_plan", 1],
      ["no_permitted_rate_plans", 1],
      ["no_rate_plan", 1],
      ["not_billable", 1],
      ["permitted_rate_plans_unpriced", 1],
      ["rate_plan_unpriced", 1],
      ["rate_plan_unpriced", 1],
    ])
    expect(session.droppedRatePlans).toEqual([
      { ratePlan: "Bad overage", reason: "overage_invalid" },
      { ratePlan: "No price", reason: "price_unknown" },
    ])
    expect((await results(session.id)).map(({ carrierDeviceId }) => carrierDeviceId)).toEqual(["moves"])
  })

  it("bills a pool with the SIMs in it that may not move", async () => {
    const stays = { id: "5", ratePlan: "Pool S", communicationPlan: "Closed", bytes: 100 * MB }
    const fleet = { ...SHARED_POOL, devices: [...SHARED_POOL.devices, stays] }
    const { optimize, results } = await openWorld(fleet)
    const session = await optimize()
    const best = cheapestByForce(fleet, (device) =>
      device.id === "5" ? ["Pool S"] : (fleet.permitted[device.communicationPlan as "Cars" | "Meters"] ?? []),
    )
    expect([session.currentCost, session.cost]).toEqual([String(currentCost(fleet)), String(best)])
    expect(session.exclusions).toMatchObject([{ reason: "no_permitted_rate_plans", deviceCount: 1, isPriced: true }])
    const row = (await results(session.id)).find(({ carrierDeviceId }) => carrierDeviceId === "5")
    expect(row).toMatchObject({ fromRatePlan: "Pool S", toRatePlan: "Pool S" })
  })

  it("moves a SIM off a plan that is not permitted, even where that costs more, and says so", async () => {
    const { optimize, results } = await openWorld({
      plans: [
        { name: "Cheap", monthly: 1_000_000 },
        { name: "Dear", monthly: 2_000_000 },
      ],
      permitted: { Open: ["Dear"] },
      devices: [{ id: "1", ratePlan: "Cheap", communicationPlan: "Open", bytes: 0 }],
    })
    const session = await optimize()
    expect(session).toMatchObject({ saving: "-1000000", moveCount: 1 })
    expect((await results(session.id))[0]?.reason).toContain("Cheap is not permitted by its communication plan")
  })

  it("moves nothing where nothing is cheaper", async () => {
    const { core, optimize } = await openWorld({
      plans: [{ name: "A" }, { name: "B" }],
      permitted: { Open: ["A", "B"] },
      devices: [
        { id: "1", ratePlan: "A", communicationPlan: "Open", bytes: MB },
        { id: "2", ratePlan: "B", communicationPlan: "Open", bytes: MB },
      ],
    })
    const session = await optimize()
    expect(session).toMatchObject({ moveCount: 0, saving: "0", gap: 0 })
    expect(session.problems[0]?.winner).toBe("current")
    const moves = await Array.fromAsync(eachMove(core, { tenantId: TENANT, sessionId: session.id }))
    expect(moves).toEqual([])
  })
})
