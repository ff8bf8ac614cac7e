import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { getSyncRun, monthBefore, startSyncRun } from "../../src/sync/mod.ts"
import { faultPlan } from "../../src/testing/mod.ts"
import type { ScanRequest } from "../../src/ports/mod.ts"
import { device, type FakeFleet, setUp, smallFleet } from "./fixture.ts"

const OVERLAP = 600_000

/** A fleet that was synced whole at its begin; `change` is what the carrier lists from then on. */
async function synced(plan = faultPlan()) {
  const requests: ScanRequest[] = []
  const fleet: FakeFleet = { ...smallFleet(), requests }
  const world = await setUp(fleet, plan)
  const { runtime, platform } = world
  /** The certificate of the next listing says that it began now. */
  const listNow = () => {
    fleet.certificate = { startedAt: runtime.clock.now() }
  }
  listNow()
  const first = runtime.clock.now()
  await world.sync()
  const watermark = async () =>
    (await platform.store.rows<{ at: number }>(sql`SELECT at FROM sync_watermark`))[0]?.at ?? null
  const incremental = async (since?: number) => {
    const id = await world.startIncremental(since)
    await world.drain()
    return getSyncRun(platform, "1", id)
  }
  return { ...world, fleet, requests, listNow, first, watermark, incremental }
}

describe("an incremental sync", () => {
  it("lists what changed since a little before the last listing, and moves the watermark on", async () => {
    const world = await synced()
    expect(await world.watermark()).toBe(world.first - OVERLAP)
    await world.runtime.clock.advance(3_600_000)
    world.listNow()
    world.fleet.everSeen = world.fleet.devices.map(({ carrierDeviceId }) => carrierDeviceId)
    world.fleet.devices = [device(3, { ratePlan: "B" })]
    const run = await world.incremental()
    expect(run).toMatchObject({
      mode: "incremental",
      lookback: "since",
      modifiedSince: world.first - OVERLAP,
      status: "succeeded",
      updated: 1,
      missing: 0,
    })
    expect(world.requests.at(-1)).toMatchObject({ scope: "since", since: world.first - OVERLAP })
    expect(await world.watermark()).toBe(world.first + 3_600_000 - OVERLAP)
    const { devices } = await world.fleetNow()
    expect(devices).toHaveLength(7)
    expect(devices.filter(({ missing }) => missing)).toEqual([])
  })

  it("goes on from the carrier's own instant where it tells one, however wrong our clock is", async () => {
    const world = await synced()
    const carriersNow = world.first - 7_200_000
    await world.runtime.clock.advance(3_600_000)
    world.fleet.certificate = { startedAt: world.runtime.clock.now(), carrierStartedAt: carriersNow + 3_600_000 }
    await world.incremental(world.first - 86_400_000)
    expect(await world.watermark()).toBe(world.first - OVERLAP)
    await world.runtime.clock.advance(36_000_000)
    world.fleet.certificate = { startedAt: world.runtime.clock.now(), carrierStartedAt: carriersNow + 39_600_000 }
    await world.incremental()
    expect(await world.watermark()).toBe(carriersNow + 39_600_000)
  })

  it("brings usage of devices that did not change, and leaves what it knows of the silent ones", async () => {
    const world = await synced()
    world.fleet.devices = [device(3, { ratePlan: "B" })]
    world.fleet.usage = [
      { carrierDeviceId: device(2).iccid, part: "B/2/Home", bytes: 50, smsCount: 0 },
      { carrierDeviceId: device(2).iccid, part: "B/1/Home", bytes: 5, smsCount: 1 },
      { carrierDeviceId: "8900000000000000999", part: "B/1/Home", bytes: 7, smsCount: 0 },
    ]
    await world.incremental()
    expect(await world.usage()).toEqual([
      { id: device(1).iccid, bytes: 123, sms: 3 },
      { id: device(2).iccid, bytes: 55, sms: 1 },
    ])
  })

  it("never moves the watermark back, nor over a gap, nor when it fails", async () => {
    const world = await synced()
    const { clock } = world.runtime
    // A later listing that says it began earlier, as after a clock that was set back.
    world.fleet.certificate = { startedAt: world.first - 5_000 }
    await world.incremental()
    expect(await world.watermark()).toBe(world.first - OVERLAP)

    await clock.advance(7_200_000)
    world.listNow()
    await world.incremental(clock.now() - 60_000)
    expect(await world.watermark()).toBe(world.first - OVERLAP)

    world.fleet.certificate = { startedAt: clock.now(), certified: false, reason: "count_short" }
    expect(await world.incremental()).toMatchObject({ status: "failed", errorCode: "sync.not_certified" })
    expect(await world.watermark()).toBe(world.first - OVERLAP)

    world.listNow()
    const begun = clock.now()
    await world.incremental(world.first - OVERLAP)
    expect(await world.watermark()).toBe(begun - OVERLAP)
  })

  it("goes back a month where there is no watermark, or one that cannot be true", async () => {
    const requests: ScanRequest[] = []
    const world = await setUp({ ...smallFleet(), requests })
    const { runtime, platform, provider } = world
    const start = runtime.clock.now()
    const id = await world.startIncremental()
    await world.drain()
    expect(await getSyncRun(platform, "1", id)).toMatchObject({ status: "succeeded", inserted: 7 })
    expect(requests[0]).toMatchObject({ scope: "since", since: monthBefore(start) })

    await platform.store.unit({ name: "test.spoil" }, [
      sql`UPDATE sync_watermark SET at = ${start + 86_400_000} WHERE service_provider_id = ${provider.id}`,
    ])
    const next = runtime.clock.now()
    await world.startIncremental()
    await world.drain()
    expect(requests.at(-1)).toMatchObject({ since: monthBefore(next) })
    expect(await platform.store.rows(sql`SELECT at FROM sync_watermark`)).toEqual([{ at: 0 }])
  })

  it("keeps a SIM out that the inventory has under another number", async () => {
    const world = await synced()
    const twin = `${device(1).iccid}7`
    world.fleet.devices = [device(1, { carrierDeviceId: twin, iccid: twin })]
    expect(await world.incremental()).toMatchObject({ status: "succeeded", rejected: 1, inserted: 0 })
  })

  it("refuses by name what it cannot begin from", async () => {
    const { platform, provider, runtime, startIncremental } = await synced()
    const refusal = (field: string) => ({ code: "input.invalid", field })
    const scope = { tenantId: "1", serviceProviderId: provider.id }
    const now = runtime.clock.now()
    for (const since of [now + 300_001, -1, 1.5, Number.NaN]) {
      await expect(startIncremental(since)).rejects.toMatchObject(refusal("since"))
    }
    await expect(startSyncRun(platform, { ...scope, since: 1 })).rejects.toMatchObject(refusal("since"))
    await expect(startSyncRun(platform, { ...scope, mode: "incremental", lookback: "month" })).rejects.toMatchObject(
      refusal("lookback"),
    )
    await expect(
      startSyncRun(platform, { ...scope, serviceProviderId: "x", mode: "incremental" }),
    ).rejects.toMatchObject({ code: "input.not_found" })
    await startIncremental(now + 299_000)
  })

  it("ends the same, whichever unit or carrier call fails", { timeout: 60_000 }, async () => {
    const clean = faultPlan()
    const model = await synced(clean)
    const from = clean.trace.length
    const change = (world: typeof model) => {
      world.fleet.everSeen = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => device(number).carrierDeviceId)
      world.fleet.devices = [device(3, { ratePlan: "B" }), device(8), device(2, { status: "suspended" })]
    }
    change(model)
    await model.incremental()
    const wanted = [await model.fleetNow(), await model.watermark()]
    for (const point of new Set(clean.trace.slice(from))) {
      if (point.endsWith(":jobs.claim") || point.endsWith(":sync.start")) continue
      let isArmed = false
      const plan = faultPlan({
        onPoint(at) {
          if (!isArmed || at !== point) return
          isArmed = false
          throw new RangeError("once")
        },
      })
      const world = await synced(plan)
      change(world)
      const id = await world.startIncremental()
      isArmed = true
      await world.drain()
      expect([point, isArmed, (await getSyncRun(world.platform, "1", id)).status]).toEqual([point, false, "succeeded"])
      expect([point, await world.fleetNow(), await world.watermark()]).toEqual([point, ...wanted])
    }
  })
})
