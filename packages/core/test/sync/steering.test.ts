import { describe, expect, it } from "vitest"
import { cancelSyncRun, confirmMissing, getSyncRun } from "../../src/sync/mod.ts"
import { CoreError } from "../../src/errors/mod.ts"
import { faultPlan } from "../../src/testing/mod.ts"
import { device, type FakeFleet, setUp, smallFleet } from "./fixture.ts"

describe("a run that misses many devices", () => {
  /** Sixty devices of which a quarter is not listed any more; three of those are still known to the carrier. */
  async function vanishing() {
    const fleet: FakeFleet = { ...smallFleet(), devices: Array.from({ length: 60 }, (_, index) => device(index + 1)) }
    const world = await setUp(fleet, faultPlan(), { pagesPerUnit: 10, pagesPerSlice: 100, promotionChunk: 20 })
    await world.sync()
    const old = await world.fleetNow()
    fleet.everSeen = fleet.devices.map(({ carrierDeviceId }) => carrierDeviceId)
    const gone = fleet.devices.splice(0, 15)
    fleet.unlisted = gone.slice(0, 3).map(({ carrierDeviceId }) => carrierDeviceId)
    return { fleet, old, gone, ...world }
  }

  it("waits before publication, and goes on when somebody confirms it", async () => {
    const { sync, drain, fleetNow, platform, old, start } = await vanishing()
    const asked = await sync()
    expect(asked).toMatchObject({ status: "active", phase: "confirmation", publishedAt: null })
    expect(asked.missing).toBeGreaterThan(10)
    expect(await fleetNow()).toEqual(old)
    await expect(start()).rejects.toMatchObject({ code: "sync.already_running" })

    expect(await confirmMissing(platform, asked)).toMatchObject({ phase: "promotion" })
    await drain()
    expect(await getSyncRun(platform, "1", asked.id)).toMatchObject({ status: "succeeded", missing: 12 })
    expect((await fleetNow()).devices.filter(({ missing }) => missing)).toHaveLength(12)
    await expect(confirmMissing(platform, asked)).rejects.toMatchObject({ code: "sync.wrong_state" })
  })

  it("ends without a trace when it is cancelled instead", async () => {
    const { sync, drain, fleetNow, platform, old } = await vanishing()
    const asked = await sync()
    expect(await cancelSyncRun(platform, asked)).toMatchObject({ status: "cancelled", phase: "done" })
    await expect(confirmMissing(platform, asked)).rejects.toMatchObject({ code: "sync.wrong_state" })
    await drain()
    expect(await fleetNow()).toEqual(old)
  })

  it("asks from more than the set share on, and never for a few", async () => {
    const fleet: FakeFleet = { ...smallFleet(), devices: Array.from({ length: 60 }, (_, index) => device(index + 1)) }
    const { sync } = await setUp(fleet, faultPlan(), { pagesPerSlice: 100, missingShare: 0.2 })
    await sync()
    fleet.devices.splice(0, 12)
    expect(await sync()).toMatchObject({ status: "succeeded", missing: 12 })
    fleet.devices.splice(0, 10)
    expect(await sync()).toMatchObject({ status: "succeeded", missing: 10 })
    fleet.devices.splice(0, 11)
    expect(await sync()).toMatchObject({ phase: "confirmation", missing: 11 })
  })
})

describe("cancelSyncRun()", () => {
  it("ends a run at every unit before publication within one more unit, and leaves the inventory alone", {
    timeout: 60_000,
  }, async () => {
    const clean = faultPlan()
    const model = await setUp(smallFleet(), clean)
    await model.sync()
    const before = clean.trace.slice(0, clean.trace.indexOf("before:sync.publish"))
    const points = before.flatMap((point, at) =>
      point.startsWith("after:sync.") && point !== "after:sync.start"
        ? [{ point, nth: before.slice(0, at + 1).filter((one) => one === point).length }]
        : [],
    )
    expect(points.length).toBeGreaterThan(10)
    for (const { point, nth } of points) {
      let cancel: (() => Promise<unknown>) | undefined
      let unitsAfter = 0
      const plan = faultPlan({
        async onPoint(at, occurrence) {
          if (!cancel && id !== "" && at.startsWith("after:sync.") && at !== "after:sync.cancel") unitsAfter++
          if (cancel && at === point && occurrence === nth) {
            const act = cancel
            cancel = undefined
            await act()
          }
        },
      })
      let id = ""
      const fleet = smallFleet()
      const world = await setUp(fleet, plan)
      cancel = () => cancelSyncRun(world.platform, { tenantId: "1", id })
      id = await world.start()
      await world.drain()
      expect([point, nth, await getSyncRun(world.platform, "1", id)]).toMatchObject([
        point,
        nth,
        { status: "cancelled" },
      ])
      expect(await world.inventory()).toEqual([])
      expect(unitsAfter).toBeLessThanOrEqual(1)
      expect(world.ended).toEqual([])
      expect(await world.sync()).toMatchObject({ status: "succeeded", inserted: 7 })
    }
  })

  it("is refused once the run is published or ended, and repeated without harm", async () => {
    const { start, sync, platform } = await setUp(smallFleet())
    const id = await start()
    await cancelSyncRun(platform, { tenantId: "1", id })
    expect(await cancelSyncRun(platform, { tenantId: "1", id })).toMatchObject({ status: "cancelled" })
    const done = await sync()
    await expect(cancelSyncRun(platform, done)).rejects.toMatchObject({ code: "sync.wrong_state" })
    await expect(cancelSyncRun(platform, { tenantId: "2", id })).rejects.toMatchObject({ code: "input.not_found" })
  })
})

describe("pages that cannot be read", () => {
  const failing = (failures: number): FakeFleet => {
    let left = failures
    return {
      ...smallFleet(),
      onPage: (page) => {
        // Half of the pages fail when they are first asked for: the failures fall into several slices.
        if (page % 2 === 1 && left-- > 0) throw new CoreError("carrier.unavailable", "Cannot reach the carrier")
      },
    }
  }

  it("are read again, never skipped, as long as the run's budget lasts", async () => {
    const { sync, inventory } = await setUp(failing(5))
    expect(await sync()).toMatchObject({ status: "succeeded", pageFailures: 5, inserted: 7 })
    expect(await inventory()).toHaveLength(7)
  })

  it("fail the run that has used it up, which says so", async () => {
    const { sync, inventory } = await setUp(failing(6))
    expect(await sync()).toMatchObject({ status: "failed", errorCode: "sync.page_failures", pageFailures: 6 })
    expect(await inventory()).toEqual([])
  })
})
