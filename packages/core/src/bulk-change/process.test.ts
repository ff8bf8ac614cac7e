import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { CoreError } from "../errors/mod.ts"
import { findDevicesByCarrierId } from "../inventory/mod.ts"
import { listDeadJobs, redriveDeadJob } from "../jobs/mod.ts"
import type { ListedDevice } from "../ports/mod.ts"
import { openStore } from "../store/mod.ts"
import { testRuntime } from "../testing/mod.ts"
import { cancelBulkChange } from "./cancel-bulk-change.ts"
import type { Behaviour, FakeCarrierOptions } from "./fake-carrier.ts"
import { invertBulkChange } from "./invert-bulk-change.ts"
import { getBulkChange, summarizeBulkChange } from "./queries.ts"
import { deviceId, fleet, openWorld, PROVIDER, TENANT, type World } from "./test-world.ts"

async function openTestWorld(devices: readonly ListedDevice[], options: Partial<FakeCarrierOptions> = {}, seed = 1) {
  const runtime = testRuntime({ seed, startAt: Date.UTC(2026, 0, 1) })
  const store = await openStore({ url: ":memory:", createClient, runtime })
  const rows = JSON.stringify(devices.map(({ carrierDeviceId }) => carrierDeviceId))
  await store.unit({ name: "test.seed" }, [
    sql`INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status, carrier_status,
        carrier_rate_plan, communication_plan, content_hash, created_at, changed_at)
      SELECT ${TENANT}, ${PROVIDER}, value, value, value, value, 'active', 'ACTIVATED', 'A', 'C', '', 1, 1
      FROM json_each(${rows})`,
    sql`INSERT INTO rate_plan (tenant_id, service_provider_id, name, id, overage_rounding, sms_included, sms_cost, version, updated_at)
      SELECT ${TENANT}, ${PROVIDER}, value, value, 'exact', 0, 0, 1, 1 FROM json_each('["A","B"]')`,
  ])
  return openWorld({ store, runtime }, devices, options)
}

const inventoryPlan = async (world: World, id: string) => {
  const request = { tenantId: TENANT, serviceProviderId: PROVIDER, carrierDeviceIds: [id] }
  return (await findDevicesByCarrierId(world, request))[0]?.carrierRatePlan
}

async function planAndRun(world: World) {
  const plan = await world.plan()
  await world.approve(plan)
  await world.run()
  return plan
}

describe("one device", () => {
  it.each<[Behaviour, string, string | null, boolean]>([
    ["applies", "PROCESSED", null, true],
    ["refuses", "API_FAILED", "10000013", false],
    ["loses-reply", "PROCESSED", null, true],
    ["loses-request", "UNKNOWN", "network", false],
    ["does-nothing", "API_FAILED", "not_applied", false],
    ["shows-late", "PROCESSED", null, true],
    ["defers", "PROCESSED", null, true],
  ])("that the carrier %s ends %s", async (behaviour, status, code, isMoved) => {
    const world = await openTestWorld(fleet(1), { behaviour: () => behaviour })
    const plan = await planAndRun(world)
    const [row] = await world.rows(plan.id)
    expect(row).toMatchObject({ status, code, processedAt: expect.any(Number), text: expect.any(String) })
    expect(row?.verifiedAt !== null).toBe(status === "PROCESSED")
    expect(world.fake.ratePlanOf(deviceId(0))).toBe(isMoved ? "B" : "A")
    expect(await inventoryPlan(world, deviceId(0))).toBe(isMoved ? "B" : "A")
    expect(world.fake.received).toHaveLength(1)
    expect((await getBulkChange(world, TENANT, plan.id)).state).toBe("done")
  })

  it("that was promised for later and does not show is unknown, with what to do next", async () => {
    const world = await openTestWorld(fleet(1), { behaviour: () => "defers", lateMs: 60_000 })
    const plan = await planAndRun(world)
    const [row] = await world.rows(plan.id)
    expect(row).toMatchObject({
      status: "UNKNOWN",
      code: "not_confirmed",
      text: expect.stringMatching(/Sync the device/),
    })
  })

  it("that moved since the plan is stale and not touched; one that is gone is missing", async () => {
    const world = await openTestWorld(fleet(3))
    const plan = await world.plan()
    await world.approve(plan)
    await world.store.unit({ name: "test.drift" }, [
      sql`UPDATE device SET carrier_rate_plan = 'X' WHERE carrier_device_id = ${deviceId(0)}`,
      sql`UPDATE device SET missing_since = 5 WHERE carrier_device_id = ${deviceId(1)}`,
    ])
    await world.run()
    expect((await world.rows(plan.id)).map(({ status, code }) => [status, code])).toEqual([
      ["ERROR", "stale"],
      ["ERROR", "device_missing"],
      ["PROCESSED", null],
    ])
    expect(world.fake.received).toHaveLength(1)
  })

  it("goes back in line where the carrier surely did nothing, with a new intent", async () => {
    const world = await openTestWorld(fleet(2))
    let failures = 3
    world.fake.onCall = (name) => {
      if (name === "change" && failures-- > 0) throw new CoreError("carrier.unavailable", "Too many calls")
    }
    const plan = await planAndRun(world)
    expect(await summarizeBulkChange(world, TENANT, plan.id)).toMatchObject({ processed: 2, verified: 2 })
    expect(world.fake.received).toHaveLength(2)
  })

  it("is looked at again when a look failed, and unknown when the carrier stays unreadable", async () => {
    const world = await openTestWorld(fleet(2))
    let failures = 2
    world.fake.onCall = (name, id) => {
      if (name !== "readBack") return
      if (id === deviceId(1) || failures-- > 0) throw new CoreError("carrier.unavailable", "No answer")
    }
    const plan = await planAndRun(world)
    expect((await world.rows(plan.id)).map(({ status, code }) => [status, code])).toEqual([
      ["PROCESSED", null],
      ["UNKNOWN", "carrier.unavailable"],
    ])
  })

  it("gets its inventory row from the carrier where the look was no read of the device", async () => {
    const world = await openTestWorld(fleet(1))
    const plan = await world.plan()
    await world.approve(plan)
    const readBack = async (...args: Parameters<typeof world.fake.carrier.readBack>) => {
      const { outcome, code, text } = await world.fake.carrier.readBack(...args)
      return { outcome, code, text }
    }
    await world.run({ carrier: { ...world.fake.carrier, readBack } })
    expect(world.fake.calls.get).toBe(1)
    expect(await inventoryPlan(world, deviceId(0))).toBe("B")
  })
})

describe("processing", () => {
  it("stands still with its reason when the account is refused, and goes on after a redrive", async () => {
    const world = await openTestWorld(fleet(2))
    world.fake.onCall = () => {
      throw new CoreError("carrier.credentials", "The carrier refused the credentials")
    }
    const plan = await planAndRun(world)
    expect(await getBulkChange(world, TENANT, plan.id)).toMatchObject({
      state: "processing",
      errorCode: "carrier.credentials",
    })
    world.fake.onCall = () => undefined
    const [dead] = await listDeadJobs(world, TENANT)
    await redriveDeadJob(world, TENANT, dead?.id ?? "")
    await world.run()
    expect(await getBulkChange(world, TENANT, plan.id)).toMatchObject({ state: "done", errorCode: null })
    expect(await summarizeBulkChange(world, TENANT, plan.id)).toMatchObject({ processed: 2, unknown: 0 })
  })

  it("waits for slow devices beside the others", async () => {
    const slow = (id: string): Behaviour => (Number(id.slice(-3)) % 50 === 0 ? "does-nothing" : "applies")
    const world = await openTestWorld(fleet(1_000), { behaviour: slow, readBackDeadlineMs: 300_000 })
    const plan = await world.plan()
    await world.approve(plan)
    const startedAt = world.runtime.clock.now()
    await world.run()
    const elapsed = world.runtime.clock.now() - startedAt
    expect(await summarizeBulkChange(world, TENANT, plan.id)).toMatchObject({ processed: 980, failed: 20 })
    // All wait for the one deadline together, not one after the other.
    expect(elapsed).toBeLessThan(300_000 + 10_000)
  }, 60_000)

  it("takes about two calls and one unit for each device, in flat memory", async () => {
    const world = await openTestWorld(fleet(5_000))
    let units = 0
    const counted = {
      ...world.store,
      unit: (...args: Parameters<World["store"]["unit"]>) => (units++, world.store.unit(...args)),
    }
    const plan = await world.plan()
    await world.approve(plan)
    const startedAt = world.runtime.clock.now()
    await world.run({ store: counted })
    expect(await summarizeBulkChange(world, TENANT, plan.id)).toMatchObject({
      processed: 5_000,
      verified: 5_000,
      open: 0,
    })
    expect(world.fake.calls).toEqual({ change: 5_000, readBack: 5_000, get: 0 })
    expect(units / 5_000).toBeLessThan(1.2)
    expect(world.runtime.clock.now() - startedAt).toBeLessThan(5_000 * 2 * 2 * 1.01)
  }, 60_000)
})

describe("cancelBulkChange()", () => {
  it("stops before the next device; what was begun is settled, and each row says what became of it", async () => {
    const world = await openTestWorld(fleet(50), {
      behaviour: (id) => (id === deviceId(19) ? "loses-request" : "applies"),
    })
    const plan = await world.plan()
    await world.approve(plan)
    let cancelling: Promise<unknown> | undefined
    world.fake.onCall = (name) => {
      if (name === "change" && world.fake.calls.change === 20) {
        cancelling ??= cancelBulkChange(world, { tenantId: TENANT, id: plan.id, cancelledBy: "test" })
      }
    }
    await world.run()
    await cancelling
    const summary = await summarizeBulkChange(world, TENANT, plan.id)
    expect(summary).toMatchObject({ planned: 50, open: 0, failed: 0, unknown: 1 })
    expect(summary.processed + summary.unknown).toBe(world.fake.received.length)
    expect(world.fake.received.length).toBeLessThanOrEqual(22)
    expect(summary.cancelled).toBe(50 - world.fake.received.length)
    expect(await getBulkChange(world, TENANT, plan.id)).toMatchObject({ state: "cancelled", cancelledBy: "test" })
    expect(await cancelBulkChange(world, { tenantId: TENANT, id: plan.id, cancelledBy: "other" })).toEqual(summary)
  })

  it("ends a plan at once, and a done bulk change is not cancelled", async () => {
    const world = await openTestWorld(fleet(3))
    const plan = await world.plan()
    await cancelBulkChange(world, { tenantId: TENANT, id: plan.id, cancelledBy: "test" })
    expect((await getBulkChange(world, TENANT, plan.id)).state).toBe("cancelled")
    await expect(world.approve(plan)).rejects.toMatchObject({ code: "bulk_change.wrong_state" })
    const other = await planAndRun(world)
    await expect(
      cancelBulkChange(world, { tenantId: TENANT, id: other.id, cancelledBy: "test" }),
    ).rejects.toMatchObject({ code: "bulk_change.wrong_state" })
  })
})

describe("invertBulkChange()", () => {
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
      fleet(60),
      { behaviour: (id) => (isInverting ? "applies" : (chosen.get(id) ?? "applies")) },
      seed,
    )
    const plan = await planAndRun(world)
    const applied = await summarizeBulkChange(world, TENANT, plan.id)
    isInverting = true
    const request = { tenantId: TENANT, id: plan.id, createdBy: "test", capabilities: world.fake.carrier.capabilities }
    const inverse = await invertBulkChange(world, request)
    expect(inverse).toMatchObject({ inverseOf: plan.id, deviceCount: applied.processed, refusedCount: 0 })
    expect((await invertBulkChange(world, request)).id).toBe(inverse.id)
    await world.approve(inverse)
    await world.run()
    expect(fleet(60).map(({ carrierDeviceId }) => world.fake.ratePlanOf(carrierDeviceId))).toEqual(Array(60).fill("A"))
    expect(await inventoryPlan(world, deviceId(7))).toBe("A")
  })

  it("leaves alone what moved on since, and waits for the end", async () => {
    const world = await openTestWorld(fleet(2))
    const plan = await world.plan()
    const request = { tenantId: TENANT, id: plan.id, createdBy: "test", capabilities: world.fake.carrier.capabilities }
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
})
