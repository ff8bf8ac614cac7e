import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { faultPlan, faultyStore, testRuntime } from "../../testing/mod.ts"
import { cancelBulkChange } from "../cancel-bulk-change.ts"
import { planRatePlanChanges } from "./plan-rate-plan-changes.ts"
import { getBulkChange, listBulkChangeDevices, summarizeBulkChange } from "../queries.ts"
import { deviceId, fleet, moveOf, openWorld, PROVIDER, pagesOf, TENANT } from "../../../test/bulk-change/test-world.ts"

const openTestWorld = (count: number) =>
  openWorld({ runtime: testRuntime({ seed: 1, startAt: Date.UTC(2026, 0, 1) }), createClient, sql }, fleet(count))

const movesOf = (count: number, size?: number) =>
  pagesOf(
    Array.from({ length: count }, (_, index) => moveOf(deviceId(index))),
    size,
  )

describe("planRatePlanChanges()", { timeout: 60_000 }, () => {
  it("stores what would happen to each device and sends nothing", async () => {
    const world = await openTestWorld(4_500)
    const plan = await world.plan({ optimizationSessionId: "s" })
    expect(plan).toMatchObject({ state: "planned", deviceCount: 4_500, refusedCount: 0, saving: 4_500_000n })
    expect(plan.planHash).toMatch(/^[0-9a-f]{64}$/)
    const page = await listBulkChangeDevices(world, { tenantId: TENANT, id: plan.id, after: 4_497, limit: 10 })
    expect(page.map(({ position, status }) => [position, status])).toEqual([
      [4_498, "NEW"],
      [4_499, "NEW"],
    ])
    expect(world.fake.calls).toEqual({ change: 0, readBack: 0, get: 0 })
  })

  it("refuses what cannot be done in its row, and plans the rest", async () => {
    const world = await openTestWorld(6)
    await world.store.unit({ name: "test.drift" }, [
      sql`UPDATE device SET carrier_rate_plan = 'X' WHERE carrier_device_id = ${deviceId(0)}`,
      sql`UPDATE device SET missing_since = 5 WHERE carrier_device_id = ${deviceId(1)}`,
    ])
    const moves = [
      moveOf(deviceId(0)),
      moveOf(deviceId(1)),
      moveOf(deviceId(99)),
      { ...moveOf(deviceId(2)), toRatePlan: "A" },
      { ...moveOf(deviceId(3)), toRatePlan: "Z" },
      moveOf(deviceId(4)),
      moveOf(deviceId(4)),
      { ...moveOf(deviceId(5)), saving: -7 },
    ]
    const plan = await world.plan({ moves: pagesOf(moves, 3) })
    const rows = await world.rows(plan.id)
    expect(rows.map(({ code }) => code)).toEqual([
      "stale",
      "device_missing",
      "device_unknown",
      "no_change",
      "rate_plan_unknown",
      null,
      "duplicate",
      null,
    ])
    expect(rows.filter(({ code }) => code !== null).every(({ status, text }) => status === "ERROR" && text)).toBe(true)
    expect(plan).toMatchObject({ deviceCount: 8, refusedCount: 6, saving: 993n })
    expect(await summarizeBulkChange(world, TENANT, plan.id)).toEqual({
      planned: 8,
      processed: 0,
      failed: 6,
      unknown: 0,
      cancelled: 0,
      open: 2,
      verified: 0,
    })
  })

  it("finds a device again that an earlier unit planned", async () => {
    const world = await openTestWorld(2_001)
    const moves = [...fleet(2_001), ...fleet(1)].map(({ carrierDeviceId }) => moveOf(carrierDeviceId))
    const plan = await world.plan({ moves: pagesOf(moves) })
    expect((await world.rows(plan.id)).at(-1)).toMatchObject({ status: "ERROR", code: "duplicate" })
  })

  it("knows only the tenant's own devices", async () => {
    const world = await openTestWorld(1)
    const plan = await world.plan({ tenantId: "other" })
    expect(await summarizeBulkChange(world, "other", plan.id)).toMatchObject({ planned: 1, failed: 1 })
    await expect(getBulkChange(world, TENANT, plan.id)).rejects.toMatchObject({ code: "input.not_found" })
  })

  it("refuses a change type the carrier cannot do, by name", async () => {
    const world = await openTestWorld(1)
    const { capabilities } = world.fake.carrier
    const incapable = {
      ...capabilities,
      changeTypes: { ...capabilities.changeTypes, value: ["StatusUpdate"] as const },
    }
    await expect(world.plan({ capabilities: incapable })).rejects.toMatchObject({
      code: "input.invalid",
      message: expect.stringContaining("CarrierRatePlanChange"),
    })
  })

  it("warns where a rule of the carrier speaks against it, and leaves the last word to the carrier", async () => {
    const world = await openTestWorld(3)
    const fact = <T>(value: T) => ({ value, source: "Manual", asOf: "2026-01-01" })
    const ratePlanChangeRules = [
      fact({ rule: "mostChanges", changes: 2, days: 31 } as const),
      fact({ rule: "notInStatus", statuses: ["suspended"] } as const),
    ]
    Object.assign(world.fake.carrier.capabilities, { ratePlanChangeRules })
    await world.store.unit({ name: "test.suspend" }, [
      sql`UPDATE device SET status = 'suspended' WHERE carrier_device_id = ${deviceId(2)}`,
    ])
    const ask = (carrierRatePlan: string, devices: readonly number[]) =>
      world.receive({ changeType: 2, carrierRatePlanUpdate: { carrierRatePlan }, devices: devices.map(deviceId) })
    const warningsOf = async (id: string) => (await world.rows(id)).map(({ sideEffects }) => sideEffects)
    for (const plan of ["B", "A"]) {
      expect(await warningsOf((await ask(plan, [0])).id)).toEqual([[]])
      await world.run()
    }
    const third = await ask("B", [0, 1, 2])
    expect(await warningsOf(third.id)).toEqual([
      ["The carrier may refuse it: Its rate plan was changed 2 times within 31 days (Manual, 2026-01-01)"],
      [],
      ["The carrier may refuse it: The carrier changes no rate plan of a SIM that is suspended (Manual, 2026-01-01)"],
    ])
    await world.run()
    expect(await summarizeBulkChange(world, TENANT, third.id)).toMatchObject({ processed: 3 })
    await world.runtime.clock.sleep(32 * 86_400_000)
    expect(await warningsOf((await ask("A", [0])).id)).toEqual([[]])
  })

  it("gives the same bulk change for the same session, and a new one after a cancel", async () => {
    const world = await openTestWorld(3)
    const plan = await world.plan({ optimizationSessionId: "s" })
    expect(await world.plan({ optimizationSessionId: "s", moves: movesOf(1) })).toEqual(plan)
    expect((await world.plan({ optimizationSessionId: "s2" })).id).not.toBe(plan.id)
    await cancelBulkChange(world, { tenantId: TENANT, id: plan.id, cancelledBy: "test" })
    expect((await world.plan({ optimizationSessionId: "s" })).id).not.toBe(plan.id)
  })

  it.each(["before", "after"] as const)("completes a plan that broke off %s a unit, whatever it was", async (when) => {
    for (const unit of ["receive", "plan-devices", "finish-plan"] as const) {
      const world = await openTestWorld(5_000)
      const faults = faultPlan({
        failAt: { point: `${when}:bulk-change.${unit}`, occurrence: unit === "plan-devices" ? 2 : 1 },
      })
      const core = { ...world, store: faultyStore(world.store, faults) }
      const request = (count: number) => ({
        tenantId: TENANT,
        serviceProviderId: PROVIDER,
        createdBy: "test",
        optimizationSessionId: "s",
        capabilities: world.fake.carrier.capabilities,
        moves: movesOf(count, 700),
      })
      await expect(planRatePlanChanges(core, request(5_000))).rejects.toMatchObject({ code: "store.unavailable" })
      // The second attempt has fewer moves: what the first left beyond them goes.
      const isComplete = unit === "finish-plan" && when === "after"
      const plan = await world.plan({ ...request(1_000) })
      expect(plan).toMatchObject({ state: "planned", deviceCount: isComplete ? 5_000 : 1_000 })
      expect(await world.rows(plan.id)).toHaveLength(plan.deviceCount)
      await world.approve(plan)
    }
  })
})
