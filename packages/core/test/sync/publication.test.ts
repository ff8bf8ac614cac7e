import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { eachDeviceWithUsage, recordDevices } from "../../src/inventory/mod.ts"
import { getSyncRun } from "../../src/sync/mod.ts"
import { faultPlan, type FaultPlan } from "../../src/testing/mod.ts"
import { device, type FakeFleet, setUp, smallFleet } from "./fixture.ts"

/** A fleet of seven that was synced once, and changed in every way since: new, changed, gone, used more and less. */
async function changedFleet(plan: FaultPlan) {
  const fleet: FakeFleet = smallFleet()
  const world = await setUp(fleet, plan)
  await world.sync()
  const old = await world.fleetNow()
  fleet.everSeen = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => device(number).carrierDeviceId)
  fleet.devices.splice(0, 1)
  fleet.devices[1] = device(3, { ratePlan: "B" })
  fleet.devices[5] = device(7, { status: "suspended", carrierStatus: "ONHOLD", communicationPlan: "Other" })
  fleet.devices.push(device(8), device(9))
  fleet.usage.splice(0, 4)
  fleet.usage.push({ carrierDeviceId: device(5).iccid, part: "A/2/Home", bytes: 9, smsCount: 0 })
  fleet.usage.push({ carrierDeviceId: device(8).iccid, part: "A/2/Home", bytes: 8, smsCount: 0 })
  return { fleet, old, ...world }
}

describe("a sync's publication", () => {
  it("shows readers between any two writes the old fleet or the new one, and never goes back", {
    timeout: 30_000,
  }, async () => {
    let read: (() => Promise<unknown>) | undefined
    const seen: { point: string; text: string }[] = []
    const plan = faultPlan({
      async onPoint(point) {
        if (read) seen.push({ point, text: JSON.stringify(await read()) })
      },
    })
    const world = await changedFleet(plan)
    read = world.fleetNow
    expect(await world.sync()).toMatchObject({ status: "succeeded", inserted: 2, updated: 2, unchanged: 4, missing: 1 })
    read = undefined
    const wanted = JSON.stringify(await world.fleetNow())
    expect(wanted).not.toBe(JSON.stringify(world.old))
    const firstNew = seen.findIndex(({ text }) => text === wanted)
    expect(seen[firstNew]?.point).toBe("after:sync.publish")
    expect(new Set(seen.slice(0, firstNew).map(({ text }) => text))).toEqual(new Set([JSON.stringify(world.old)]))
    expect(new Set(seen.slice(firstNew).map(({ text }) => text))).toEqual(new Set([wanted]))
    expect(seen.filter(({ point }) => point === "before:sync.promote-chunk").length).toBeGreaterThan(3)
    expect(seen.filter(({ point }) => point === "before:sync.settle").length).toBeGreaterThan(3)
  })

  it("leaves one row for each device, and what each was before in its history", async () => {
    const world = await changedFleet(faultPlan())
    const run = await world.sync()
    const count = (table: string) =>
      world.platform.store.rows(sql`SELECT count(*) AS count FROM ${sql.raw(table)}`).then(([row]) => row)
    expect(await count("device")).toEqual({ count: 9 })
    expect(await count("device_next")).toEqual({ count: 0 })
    expect(await count("device_usage_next")).toEqual({ count: 0 })
    const history = await world.platform.store.rows(
      sql`SELECT carrier_device_id AS id, carrier_rate_plan AS plan, status, sync_run_id AS run FROM device_version ORDER BY 1`,
    )
    expect(history).toEqual([
      { id: device(1).iccid, plan: "A", status: "active", run: run.id },
      { id: device(3).iccid, plan: "A", status: "active", run: run.id },
      { id: device(7).iccid, plan: "A", status: "active", run: run.id },
    ])
  })

  it("fails whole at every unit and carrier call before publication, and goes on after it", {
    timeout: 100_000,
  }, async () => {
    const clean = faultPlan()
    const expected = await changedFleet(clean)
    const from = clean.trace.length
    await expected.sync()
    const wanted = await expected.fleetNow()
    const points = new Set(clean.trace.slice(from))
    let unpublished = 0
    for (const point of points) {
      if (point.includes(":jobs.")) continue
      // From its first occurrence in the second run on, the point fails for ever.
      let isDown = false
      const plan = faultPlan({
        onPoint(at) {
          if (isDown && at === point) throw new RangeError("down")
        },
      })
      const world = await changedFleet(plan)
      isDown = true
      const id = await world.start()
      await world.drain()
      const run = await getSyncRun(world.platform, "1", id)
      if (run.publishedAt === null) {
        unpublished++
        expect([point, run.status, await world.fleetNow()]).toEqual([point, "failed", world.old])
      } else {
        expect([point, await world.fleetNow()]).toEqual([point, wanted])
      }
      // The next run starts over and ends the same, with nothing left of the failed one.
      isDown = false
      expect(await world.sync()).toMatchObject({ status: "succeeded" })
      expect([point, await world.fleetNow()]).toEqual([point, wanted])
      for (const table of ["device_next", "device_usage_next"]) {
        expect(await world.platform.store.rows(sql`SELECT * FROM ${sql.raw(table)}`)).toEqual([])
      }
    }
    expect(unpublished).toBeGreaterThan(15)
  })

  it("tells a reader of several pages that a sync was published between two of them", async () => {
    const world = await changedFleet(faultPlan())
    const [period] = await world.platform.store.rows<{ id: string }>(sql`SELECT id FROM billing_period`)
    const pages = eachDeviceWithUsage(world.platform, {
      tenantId: "1",
      serviceProviderId: world.provider.id,
      billingPeriodId: period?.id ?? "",
      limit: 2,
    })
    await pages.next()
    await world.sync()
    await expect(pages.next()).rejects.toMatchObject({ code: "inventory.changed", retryable: true })
  })
})

describe("a device that is read while a sync runs", () => {
  const points = [
    "before:sync.promote-chunk",
    "after:sync.promote-chunk",
    "before:sync.publish",
    "after:sync.publish",
    "before:sync.settle",
    "after:sync.settle",
  ]
  it.each(points)("is seen at once and kept, when it is read at %s", async (when) => {
    let act: ((point: string) => Promise<void>) | undefined
    const world = await changedFleet(faultPlan({ onPoint: (point) => act?.(point) }))
    const { platform, provider, runtime } = world
    const planOf = async (id: string) =>
      (await world.fleetNow()).devices.find(({ carrierDeviceId }) => carrierDeviceId === id)?.carrierRatePlan
    const isPromoted = async () =>
      (await platform.store.rows(sql`SELECT 1 FROM device_next WHERE carrier_device_id = ${device(3).carrierDeviceId}`))
        .length > 0
    act = async (point) => {
      if (point !== when || (point === "after:sync.promote-chunk" && !(await isPromoted()))) return
      act = undefined
      // The list said B: it is back on A, where it was when the sync began.
      const read = device(3, { ratePlan: "A" })
      await platform.store.unit({ name: "test.read" }, [
        recordDevices({ tenantId: "1", serviceProviderId: provider.id }, [{ device: read }], runtime.clock.now() + 1),
      ])
      expect(await planOf(read.carrierDeviceId)).toBe("A")
    }
    // Read before its chunk is written, the device is no news; afterwards it was counted already.
    expect(await world.sync()).toMatchObject({ status: "succeeded", updated: when === points[0] ? 1 : 2 })
    expect(act).toBeUndefined()
    expect(await planOf(device(3).carrierDeviceId)).toBe("A")
    await runtime.clock.advance(1_000)
    await world.sync()
    expect(await planOf(device(3).carrierDeviceId)).toBe("B")
  })

  it("is kept where only the published run knows the device", async () => {
    let act: ((point: string) => Promise<void>) | undefined
    const world = await changedFleet(faultPlan({ onPoint: (point) => act?.(point) }))
    const { platform, provider, runtime } = world
    act = async (point) => {
      if (point !== "after:sync.publish") return
      act = undefined
      const read = device(9, { ratePlan: "B" })
      await platform.store.unit({ name: "test.read" }, [
        recordDevices({ tenantId: "1", serviceProviderId: provider.id }, [{ device: read }], runtime.clock.now() + 1),
      ])
    }
    await world.sync()
    const { devices } = await world.fleetNow()
    expect(devices.find(({ carrierDeviceId }) => carrierDeviceId === device(9).iccid)?.carrierRatePlan).toBe("B")
  })
})
