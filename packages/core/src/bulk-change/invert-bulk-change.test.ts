import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { testRuntime } from "../testing/mod.ts"
import type { Behaviour, FakeCarrierOptions } from "../../test/bulk-change/fake-carrier.ts"
import { cancelBulkChange } from "./cancel-bulk-change.ts"
import { invertBulkChange } from "./invert-bulk-change.ts"
import { summarizeBulkChange } from "./queries.ts"
import { deviceId, fleet, openWorld, TENANT } from "../../test/bulk-change/test-world.ts"

const openTestWorld = (count: number, options: Partial<FakeCarrierOptions> = {}, seed = 1) =>
  openWorld({ runtime: testRuntime({ seed, startAt: Date.UTC(2026, 0, 1) }), createClient, sql }, fleet(count), options)

describe("invertBulkChange()", { timeout: 60_000 }, () => {
  const BEHAVIOURS: readonly Behaviour[] = [
    "applies",
    "refuses",
    "loses-reply",
    "loses-request",
    "does-nothing",
    "shows-late",
  ]

  it.each([1, 2, 3, 4, 5])("returns every device to its earlier state, seed %i", async (seed) => {
    const dice = testRuntime({ seed, startAt: 0 })
    const chosen = new Map(
      fleet(60).map(({ carrierDeviceId }) => [carrierDeviceId, BEHAVIOURS[Math.floor(dice.random() * 6)]]),
    )
    let isInverting = false
    const world = await openTestWorld(
      60,
      { behaviour: (id) => (isInverting ? "applies" : (chosen.get(id) ?? "applies")) },
      seed,
    )
    const plan = await world.plan()
    await world.approve(plan)
    await world.run()
    const applied = await summarizeBulkChange(world, TENANT, plan.id)
    isInverting = true
    const request = { tenantId: TENANT, id: plan.id, createdBy: "test" }
    const inverse = await invertBulkChange(world, request)
    expect(inverse).toMatchObject({ inverseOf: plan.id, deviceCount: applied.processed, refusedCount: 0 })
    expect((await invertBulkChange(world, request)).id).toBe(inverse.id)
    await world.approve(inverse)
    await world.run()
    expect(fleet(60).map(({ carrierDeviceId }) => world.fake.ratePlanOf(carrierDeviceId))).toEqual(Array(60).fill("A"))
    expect(await world.inventoryPlan(deviceId(7))).toBe("A")
  })

  it("leaves alone what moved on since, and waits for the end", async () => {
    const world = await openTestWorld(2)
    const plan = await world.plan()
    const request = { tenantId: TENANT, id: plan.id, createdBy: "test" }
    await expect(invertBulkChange(world, request)).rejects.toMatchObject({ code: "bulk_change.wrong_state" })
    await world.approve(plan)
    await world.run()
    await world.store.unit({ name: "test.drift" }, [
      sql`UPDATE device SET carrier_rate_plan = 'X' WHERE carrier_device_id = ${deviceId(0)}`,
    ])
    const inverse = await invertBulkChange(world, request)
    expect((await world.rows(inverse.id)).map(({ status, code }) => [status, code])).toEqual([
      ["ERROR", "stale"],
      ["NEW", null],
    ])
  })

  it("refuses by name what a device's own account cannot do, and only there", async () => {
    const world = await openTestWorld(4)
    await world.store.unit({ name: "test.second" }, [
      sql`INSERT INTO service_provider SELECT tenant_id, 'q', 'Second', integration_type, base_url, username, sealed_api_key,
        billing_period_end_day, billing_period_end_hour, time_zone, uses_proration, optimization_start_hour,
        default_site_id, created_at FROM service_provider`,
      sql`UPDATE device SET service_provider_id = 'q' WHERE carrier_device_id >= ${deviceId(2)}`,
    ])
    const { carrier } = world.fake
    const change = await world.receive({
      changeType: 1,
      serviceProviderIds: ["p", "q"],
      statusUpdate: { updateStatus: "suspended" },
      devices: fleet(4).map(({ carrierDeviceId }) => carrierDeviceId),
    })
    await world.run()
    const { changeTypes, statuses } = carrier.capabilities
    const lesser = [
      { changeTypes: { ...changeTypes, value: ["EditUsername" as const] } },
      { statuses: { ...statuses, value: statuses.value.map((one) => ({ ...one, changesTo: [] })) } },
    ]
    const expected = ["change_unsupported", "transition_refused"]
    for (const [at, less] of lesser.entries()) {
      const second = { ...carrier, capabilities: { ...carrier.capabilities, ...less } }
      const core = { ...world, carrierFor: async (_: string, id: string) => (id === "q" ? second : carrier) }
      const inverse = await invertBulkChange(core, { tenantId: TENANT, id: change.id, createdBy: "test" })
      const codes = (await world.rows(inverse.id)).map(({ serviceProviderId, code }) => [serviceProviderId, code])
      expect(codes).toEqual([...Array(2).fill(["p", null]), ...Array(2).fill(["q", expected[at]])])
      await cancelBulkChange(world, { tenantId: TENANT, id: inverse.id, cancelledBy: "test" })
    }
  })
})
