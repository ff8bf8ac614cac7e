import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { CoreError } from "../../errors/mod.ts"
import { listDeadJobs, redriveDeadJob } from "../../jobs/mod.ts"
import type { Carrier } from "../../ports/mod.ts"
import { testRuntime } from "../../testing/mod.ts"
import type { Behaviour, FakeCarrierOptions } from "../../../test/bulk-change/fake-carrier.ts"
import { getBulkChange, summarizeBulkChange } from "../queries.ts"
import {
  deviceId,
  fleet,
  moveOf,
  openWorld,
  pagesOf,
  TENANT,
  type World,
} from "../../../test/bulk-change/test-world.ts"

const openTestWorld = (count: number, options: Partial<FakeCarrierOptions> = {}, seed = 1) =>
  openWorld({ runtime: testRuntime({ seed, startAt: Date.UTC(2026, 0, 1) }), createClient, sql }, fleet(count), options)

async function planAndRun(world: World) {
  const plan = await world.plan()
  await world.approve(plan)
  await world.run()
  return plan
}

describe("one device", { timeout: 60_000 }, () => {
  it.each<[Behaviour, string, string | null, boolean]>([
    ["applies", "PROCESSED", null, true],
    ["refuses", "API_FAILED", "10000013", false],
    ["loses-reply", "PROCESSED", null, true],
    ["loses-request", "UNKNOWN", "network", false],
    ["does-nothing", "API_FAILED", "not_applied", false],
    ["shows-late", "PROCESSED", null, true],
    ["defers", "PROCESSED", null, true],
  ])("that the carrier %s ends %s", async (behaviour, status, code, isMoved) => {
    const world = await openTestWorld(1, { behaviour: () => behaviour })
    const plan = await planAndRun(world)
    const [row] = await world.rows(plan.id)
    expect(row).toMatchObject({ status, code, processedAt: expect.any(Number), text: expect.any(String) })
    expect(row?.verifiedAt !== null).toBe(status === "PROCESSED")
    expect(world.fake.ratePlanOf(deviceId(0))).toBe(isMoved ? "B" : "A")
    expect(await world.inventoryPlan(deviceId(0))).toBe(isMoved ? "B" : "A")
    expect(world.fake.received).toHaveLength(1)
    expect((await getBulkChange(world, TENANT, plan.id)).state).toBe("done")
  })

  it("that was promised for later and does not show is unknown, with what to do next", async () => {
    const world = await openTestWorld(1, { behaviour: () => "defers", lateMs: 60_000 })
    const plan = await planAndRun(world)
    const [row] = await world.rows(plan.id)
    expect(row).toMatchObject({
      status: "UNKNOWN",
      code: "not_confirmed",
      text: expect.stringMatching(/Sync the device/),
    })
  })

  it("that moved since the plan is stale and not touched; one that is gone is missing", async () => {
    const world = await openTestWorld(3)
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

  it("that an earlier bulk change has in hand waits for it, and the others do not", async () => {
    const world = await openTestWorld(2, { behaviour: (id) => (id === deviceId(0) ? "shows-late" : "applies") })
    const first = await world.plan({ moves: pagesOf([moveOf(deviceId(0))]) })
    const second = await world.plan()
    await world.approve(first)
    await world.approve(second)
    await world.run()
    expect((await world.rows(first.id)).map(({ status }) => status)).toEqual(["PROCESSED"])
    // What the first made of the device is not what the second planned from.
    const [waited, other] = await world.rows(second.id)
    expect([waited?.status, waited?.code, other?.status]).toEqual(["ERROR", "stale", "PROCESSED"])
    expect(waited?.processedAt).toBeGreaterThan(other?.processedAt ?? Infinity)
    expect(world.fake.received).toHaveLength(2)
  })

  it("that an earlier bulk change has in hand and stands still is busy, and put back in line by a retry", async () => {
    const world = await openTestWorld(2)
    const first = await world.plan({ moves: pagesOf([moveOf(deviceId(0))]) })
    await world.approve(first)
    world.fake.onCall = () => {
      throw new CoreError("carrier.credentials", "The carrier refused the credentials")
    }
    await world.run()
    world.fake.onCall = () => undefined
    const second = await world.plan()
    await world.approve(second)
    await world.run()
    expect((await world.rows(second.id)).map(({ status, code }) => [status, code])).toEqual([
      ["ERROR", "busy"],
      ["PROCESSED", null],
    ])
  })

  it("goes back in line where the carrier surely did nothing, with a new intent", async () => {
    const world = await openTestWorld(2)
    let failures = 3
    world.fake.onCall = (name) => {
      if (name === "change" && failures-- > 0) throw new CoreError("carrier.unavailable", "Too many calls")
    }
    const plan = await planAndRun(world)
    expect(await summarizeBulkChange(world, TENANT, plan.id)).toMatchObject({ processed: 2, verified: 2 })
    expect(world.fake.received).toHaveLength(2)
  })

  it("is looked at again when a look failed, and unknown when the carrier stays unreadable", async () => {
    const world = await openTestWorld(2)
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
    const world = await openTestWorld(1)
    const plan = await world.plan()
    await world.approve(plan)
    const readBack = async (...args: Parameters<typeof world.fake.carrier.readBack>) => {
      const { outcome, code, text } = await world.fake.carrier.readBack(...args)
      return { outcome, code, text }
    }
    await world.run({ carrier: { ...world.fake.carrier, readBack } })
    expect(world.fake.calls.get).toBe(1)
    expect(await world.inventoryPlan(deviceId(0))).toBe("B")
  })
})

describe("processing", { timeout: 60_000 }, () => {
  it("stands still with its reason when the account is refused, and goes on after a redrive", async () => {
    const world = await openTestWorld(2)
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

  it("stops within two seconds, keeps the answer that is under way, and goes on where it was", async () => {
    const world = await openTestWorld(20, { callMs: 700 })
    const plan = await world.plan()
    await world.approve(plan)
    const stop = new AbortController()
    let stoppedAt = 0
    const change: Carrier["change"] = (...args) => {
      if (world.fake.calls.change === 4) {
        stoppedAt = world.runtime.clock.now()
        stop.abort(new Error("Stopped"))
      }
      return world.fake.carrier.change(...args)
    }
    await world.run({ carrier: { ...world.fake.carrier, change }, signal: stop.signal })
    expect(world.runtime.clock.now() - stoppedAt).toBeLessThan(1_000)
    const statuses = (await world.rows(plan.id)).map(({ status }) => status)
    expect(statuses.slice(0, 5)).not.toContain("NEW")
    expect(new Set(statuses)).toEqual(new Set(["PROCESSED", "PENDING", "NEW"]))
    await world.run()
    expect(await summarizeBulkChange(world, TENANT, plan.id)).toMatchObject({ processed: 20, unknown: 0 })
    expect(world.fake.received).toHaveLength(20)
  })

  it("stops without sending what waits for its turn, which goes back in line", async () => {
    const world = await openTestWorld(200)
    const plan = await world.plan()
    await world.approve(plan)
    const stop = new AbortController()
    const change: Carrier["change"] = (...args) => {
      if (world.fake.calls.change === 60) stop.abort(new Error("Stopped"))
      return world.fake.carrier.change(...args)
    }
    await world.run({ carrier: { ...world.fake.carrier, change }, signal: stop.signal })
    expect(world.fake.received).toHaveLength(61)
    const statuses = (await world.rows(plan.id)).map(({ status }) => status)
    expect(statuses.filter((status) => status === "NEW")).toHaveLength(200 - 61)
    await world.run()
    expect(await summarizeBulkChange(world, TENANT, plan.id)).toMatchObject({ processed: 200, unknown: 0 })
    expect(world.fake.received).toHaveLength(200)
  })

  it("stops sending where answers are lost one after the other, and goes on when the other side is back", async () => {
    let isAway = true
    const world = await openTestWorld(200, { behaviour: () => (isAway ? "loses-request" : "applies") })
    const readBack: Carrier["readBack"] = async (...args) => {
      if (isAway) throw new CoreError("carrier.unavailable", "No answer")
      return world.fake.carrier.readBack(...args)
    }
    const plan = await world.plan()
    await world.approve(plan)
    void world.runtime.clock.sleep(600_000).then(() => (isAway = false))
    await world.run({ carrier: { ...world.fake.carrier, readBack } })
    const { processed, unknown } = await summarizeBulkChange(world, TENANT, plan.id)
    expect([processed + unknown, world.fake.received.length]).toEqual([200, 200])
    // Five for each try, and the tries are further and further apart.
    expect(unknown).toBeGreaterThanOrEqual(5)
    expect(unknown).toBeLessThan(100)
    expect(await getBulkChange(world, TENANT, plan.id)).toMatchObject({ state: "done", errorCode: null })
  })

  it("waits for slow devices beside the others", async () => {
    const slow = (id: string): Behaviour => (Number(id.slice(-3)) % 50 === 0 ? "does-nothing" : "applies")
    const world = await openTestWorld(1_000, { behaviour: slow, readBackDeadlineMs: 300_000 })
    const plan = await world.plan()
    await world.approve(plan)
    const startedAt = world.runtime.clock.now()
    await world.run()
    const elapsed = world.runtime.clock.now() - startedAt
    expect(await summarizeBulkChange(world, TENANT, plan.id)).toMatchObject({ processed: 980, failed: 20 })
    // All wait for the one deadline together, not one after the other.
    expect(elapsed).toBeLessThan(300_000 + 10_000)
  })

  it("takes two calls for each device, and one unit for many", async () => {
    const world = await openTestWorld(1_000)
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
      processed: 1_000,
      verified: 1_000,
      open: 0,
    })
    expect(world.fake.calls).toEqual({ change: 1_000, readBack: 1_000, get: 0 })
    expect(units / 1_000).toBeLessThan(0.1)
    expect(world.runtime.clock.now() - startedAt).toBeLessThan(1_000 * 2 * 2 * 1.01)
  })

  it("takes one unit for many devices where no other side is asked", async () => {
    const world = await openTestWorld(300)
    const change = await world.receive({ changeType: 5, devices: fleet(300).map((one) => one.carrierDeviceId) })
    let units = 0
    const counted = {
      ...world.store,
      unit: (...args: Parameters<World["store"]["unit"]>) => (units++, world.store.unit(...args)),
    }
    await world.run({ store: counted })
    expect(await summarizeBulkChange(world, TENANT, change.id)).toMatchObject({ processed: 300, open: 0 })
    expect(world.fake.calls.change).toBe(0)
    expect(units / 300).toBeLessThan(0.1)
  })
})
