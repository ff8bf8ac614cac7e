import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { CoreError } from "../../src/errors/mod.ts"
import { listRatePlans } from "../../src/inventory/mod.ts"
import { enqueueJob, runDueJobs } from "../../src/jobs/mod.ts"
import { SYNC_DEVICES, syncJobRequest } from "../../src/sync/jobs.ts"
import { getSyncRun, monthBefore, startSyncRun } from "../../src/sync/mod.ts"
import { faultPlan } from "../../src/testing/mod.ts"
import { device, type FakeFleet, setUp, smallFleet } from "./fixture.ts"

describe("a full sync", () => {
  it("brings every listed device with its usage into the inventory, and ends with its certificate", async () => {
    const { sync, inventory, usage, ended } = await setUp(smallFleet())
    const run = await sync()
    expect(run).toMatchObject({
      status: "succeeded",
      phase: "done",
      staged: 7,
      inserted: 7,
      updated: 0,
      unchanged: 0,
      missing: 0,
      rejected: 0,
    })
    expect(run.certificate).toMatchObject({ certified: true, scope: "all" })
    expect(await inventory()).toHaveLength(7)
    expect(await usage()).toEqual([
      { id: device(1).iccid, bytes: 123, sms: 3 },
      { id: device(2).iccid, bytes: 5, sms: 0 },
    ])
    expect(ended.map(({ id }) => id)).toEqual([run.id])
  })

  it("promotes what it read when the last page is empty", async () => {
    const { sync, inventory } = await setUp({ ...smallFleet(), endsWithEmptyPage: true })
    expect(await sync()).toMatchObject({ status: "succeeded", inserted: 7, pages: 5 })
    expect(await inventory()).toHaveLength(7)
  })

  it("asks for the careful way of reading where a device could be called missing, and only there", async () => {
    const fleet: FakeFleet = { ...smallFleet(), requests: [] }
    const { sync } = await setUp(fleet)
    await sync()
    expect(fleet.requests?.map((request) => request.mayMarkMissing)).not.toContain(true)
    fleet.requests = []
    await sync("month")
    expect(fleet.requests.map((request) => request.mayMarkMissing)).not.toContain(true)
    fleet.requests = []
    await sync()
    expect(fleet.requests.map((request) => request.mayMarkMissing)).not.toContain(false)
  })

  it("touches only what changed, and corrects usage that came late", async () => {
    const fleet = smallFleet()
    const { sync, inventory, usage } = await setUp(fleet)
    await sync()
    fleet.devices[2] = device(3, { ratePlan: "B" })
    fleet.devices.push(device(8))
    fleet.usage[3] = { carrierDeviceId: device(2).iccid, part: "B/2/Home", bytes: 50, smsCount: 0 }
    expect(await sync()).toMatchObject({ inserted: 1, updated: 1, unchanged: 6 })
    expect((await inventory()).find((row) => row.iccid === device(3).iccid)?.carrierRatePlan).toBe("B")
    expect((await usage())[1]).toEqual({ id: device(2).iccid, bytes: 50, sms: 0 })
  })

  it("marks a device missing when a certified scan of all devices does not list it and the carrier does not know it", async () => {
    const fleet = smallFleet()
    const { sync, inventory } = await setUp(fleet)
    await sync()
    fleet.devices.splice(0, 2)
    fleet.unlisted = [device(2).iccid]
    expect(await sync()).toMatchObject({ missing: 1, unchanged: 5 })
    expect((await inventory()).filter(({ missing }) => missing).map(({ iccid }) => iccid)).toEqual([device(1).iccid])
    fleet.devices.push(device(1))
    expect(await sync()).toMatchObject({ missing: 0, updated: 1 })
    expect((await inventory()).filter(({ missing }) => missing)).toEqual([])
  })

  it("never marks a device missing after a scan of the last month", async () => {
    const fleet = smallFleet()
    const { sync, inventory } = await setUp(fleet)
    await sync()
    fleet.devices.splice(0, 2)
    expect(await sync("month")).toMatchObject({ missing: 0, status: "succeeded" })
    expect((await inventory()).some(({ missing }) => missing)).toBe(false)
  })

  it("fails and leaves the inventory as it was when the scan cannot be certified", async () => {
    const fleet = { ...smallFleet(), certificate: { certified: false, reason: "count_short" } }
    const { sync, inventory } = await setUp(fleet)
    expect(await sync()).toMatchObject({
      status: "failed",
      errorCode: "sync.not_certified",
      errorMessage: expect.stringContaining("count_short"),
    })
    expect(await inventory()).toEqual([])
  })

  it("reads the list anew when the first scan cannot be certified", async () => {
    const fleet: FakeFleet = { ...smallFleet(), certificate: { certified: false, reason: "churn_outran_scan" } }
    fleet.onScanEnd = () => delete fleet.certificate
    const { sync } = await setUp(fleet)
    expect(await sync()).toMatchObject({ status: "succeeded", restarts: 1, inserted: 7, staged: 7 })
  })

  it("keeps nothing of a scan that was begun anew", async () => {
    const fleet: FakeFleet = { ...smallFleet(), certificate: { certified: false, reason: "churn_outran_scan" } }
    const { sync, inventory } = await setUp(fleet)
    fleet.onScanEnd = () => {
      delete fleet.certificate
      fleet.devices.splice(0, 2)
      delete fleet.onScanEnd
    }
    expect(await sync()).toMatchObject({ status: "succeeded", restarts: 1, inserted: 5, staged: 5 })
    expect(await inventory()).toHaveLength(5)
  })

  it("knows at its end what shall follow it, after failed attempts, a list begun anew and several jobs", async () => {
    const fleet: FakeFleet = { ...smallFleet(), certificate: { certified: false, reason: "churn_outran_scan" } }
    fleet.onScanEnd = () => delete fleet.certificate
    let failures = 2
    fleet.onPage = (page) => {
      if (page === 2 && failures-- > 0) throw new CoreError("carrier.unavailable", "not now")
    }
    const { platform, provider, drain, ended } = await setUp(fleet, faultPlan(), { pagesPerSlice: 1 })
    const scope = { tenantId: "1", serviceProviderId: provider.id }
    await startSyncRun(platform, { ...scope, optimizeAfter: true, optimizationSessionId: "s1" })
    await drain()
    expect(ended).toMatchObject([{ optimizeAfter: true, optimizationSessionId: "s1", restarts: 1, pageFailures: 2 }])
  })

  it("certifies nothing of a scan that a job delivered twice has thrown away", async () => {
    const fleet: FakeFleet = { ...smallFleet(), certificate: { certified: false, reason: "churn_outran_scan" } }
    fleet.onScanEnd = () => delete fleet.certificate
    const { start, host, runtime, platform, drain, inventory } = await setUp(fleet, faultPlan(), { pagesPerSlice: 100 })
    const id = await start()
    await platform.store.unit({ name: "test.again" }, [
      enqueueJob(runtime, syncJobRequest(SYNC_DEVICES, { tenantId: "1", id })),
    ])
    // Both read the list before either's end is written: the first begins it anew, the second would call it whole.
    await runDueJobs(host, { claimSize: 2, maxJobs: 2 })
    await drain()
    expect(await getSyncRun(platform, "1", id)).toMatchObject({
      status: "succeeded",
      restarts: 1,
      staged: 7,
      inserted: 7,
    })
    expect(await inventory()).toHaveLength(7)
  })

  it.each([1, 2])("reads the list once when its job was delivered twice, %i at a time", async (claimSize) => {
    const asked: number[] = []
    const fleet: FakeFleet = { ...smallFleet(), devices: Array.from({ length: 60 }, (_, index) => device(index + 1)) }
    fleet.onPage = (page) => {
      asked.push(page)
    }
    const { start, host, runtime, platform, inventory } = await setUp(fleet, faultPlan(), { pagesPerSlice: 6 })
    const id = await start()
    await platform.store.unit({ name: "test.again" }, [
      enqueueJob(runtime, syncJobRequest(SYNC_DEVICES, { tenantId: "1", id })),
    ])
    const open = () =>
      platform.store.rows(sql`SELECT 1 FROM job WHERE type = ${SYNC_DEVICES.type} AND state IN ('ready', 'leased')`)
    await runDueJobs(host, { claimSize, maxJobs: 2 })
    // Whichever came first goes on, alone; the other one asked for a few pages at most.
    expect(await open()).toHaveLength(1)
    await runDueJobs(host, { claimSize })
    expect(await getSyncRun(platform, "1", id)).toMatchObject({ status: "succeeded", staged: 60 })
    expect(await inventory()).toHaveLength(60)
    expect(asked.length).toBeLessThanOrEqual(claimSize === 1 ? 30 : 33)
  })

  it("keeps and counts rows that must not be promoted, and promotes the others", async () => {
    const fleet = smallFleet()
    fleet.devices.push(
      device(1, { carrierDeviceId: `${device(1).iccid}7`, iccid: `${device(1).iccid}7` }),
      device(20, { ratePlan: "Unheard of" }),
      device(21, { status: "unknown", carrierStatus: "LIMBO" }),
      device(22, { ratePlan: null }),
      device(23, { iccid: "123" }),
    )
    const { sync, inventory, platform } = await setUp(fleet)
    const run = await sync()
    expect(run).toMatchObject({ status: "succeeded", staged: 12, rejected: 6, inserted: 6 })
    expect(await inventory()).toHaveLength(6)
    const rejections = await platform.store.rows<{ rejection: string; count: number }>(
      sql`SELECT rejection, count(*) AS count FROM device_stage WHERE rejection IS NOT NULL GROUP BY rejection ORDER BY rejection`,
    )
    expect(rejections).toEqual([
      { rejection: "duplicate_iccid", count: 2 },
      { rejection: "invalid_iccid", count: 1 },
      { rejection: "missing_rate_plan", count: 1 },
      { rejection: "unknown_rate_plan", count: 1 },
      { rejection: "unknown_status", count: 1 },
    ])
  })

  it("finds a SIM that is listed twice, however the carrier names its devices", async () => {
    const sim = device(30).iccid
    const fleet: FakeFleet = {
      ...smallFleet(),
      devices: [
        // By line, both of them; one with the check digit.
        device(1, { carrierDeviceId: "line-1" }),
        device(1, { carrierDeviceId: "line-2", iccid: `${device(1).iccid}7` }),
        // One by line, one by ICCID.
        device(30),
        device(30, { carrierDeviceId: "line-3", iccid: `${sim}7` }),
        // Another SIM beside them.
        device(31),
      ],
      usage: [],
    }
    const { sync, inventory } = await setUp(fleet)
    expect(await sync()).toMatchObject({ status: "succeeded", staged: 5, rejected: 4, inserted: 1 })
    expect(await inventory()).toMatchObject([{ iccid: device(31).iccid }])
  })

  it("stores the carrier's price list", async () => {
    const { sync, platform, provider } = await setUp(smallFleet())
    await sync()
    expect(await listRatePlans(platform, "1", provider.id)).toMatchObject([
      { name: "A", monthly: 1_000_000, version: 2 },
      { name: "B" },
    ])
  })

  it("is refused while another one of the provider is active, and for an unknown provider", async () => {
    const { start, platform } = await setUp(smallFleet())
    await start()
    await expect(start()).rejects.toMatchObject({ code: "sync.already_running" })
    await expect(startSyncRun(platform, { tenantId: "2", serviceProviderId: "x" })).rejects.toMatchObject({
      code: "input.not_found",
    })
  })

  it("ends the same when every unit of it is written twice, as after a lost answer", async () => {
    const fleet = smallFleet()
    const { host, platform, sync, inventory, usage } = await setUp(fleet)
    host.store = {
      ...platform.store,
      async unit(options, statements) {
        const rows = await platform.store.unit(options, statements)
        return options.name.startsWith("sync.") ? platform.store.unit(options, statements) : rows
      },
    }
    expect(await sync()).toMatchObject({ status: "succeeded", staged: 7, inserted: 7, updated: 0, unchanged: 0 })
    expect((await usage())[0]).toEqual({ id: device(1).iccid, bytes: 123, sms: 3 })
    fleet.devices[2] = device(3, { ratePlan: "B" })
    fleet.devices.splice(0, 1)
    fleet.devices.push(device(1, { carrierDeviceId: "x", iccid: "123" }))
    const again = await sync()
    expect(again).toMatchObject({ status: "succeeded", inserted: 0, updated: 1, unchanged: 5, missing: 1, rejected: 1 })
    expect(await inventory()).toHaveLength(7)
    const [published] = await platform.store.rows(sql`SELECT generation, sync_run_id AS run FROM inventory_publication`)
    expect(published).toMatchObject({ run: again.id })
  })

  it("ends the same, whichever unit or carrier call fails, before or after it took effect", {
    timeout: 60_000,
  }, async () => {
    const clean = faultPlan()
    const expected = await setUp(smallFleet(), clean)
    await expected.sync()
    const wanted = [await expected.inventory(), await expected.usage()]
    const points = [...clean.points].flatMap(([point, count]) =>
      Array.from({ length: Math.min(count, 3) }, (_, index) => ({ point, occurrence: index + 1 })),
    )
    expect(points.length).toBeGreaterThan(30)
    for (const failAt of points) {
      // A claim that fails is the host's affair: it calls again.
      if (failAt.point.endsWith(":jobs.claim")) continue
      const { start, drain, inventory, usage, platform } = await setUp(smallFleet(), faultPlan({ failAt }))
      const id = await start()
      for (let tries = 0; tries < 5; tries++) await drain().catch(() => undefined)
      const run = await getSyncRun(platform, "1", id)
      expect([failAt, run.status, run.inserted, run.unchanged]).toEqual([failAt, "succeeded", 7, 0])
      expect([await inventory(), await usage()]).toEqual(wanted)
    }
  })
})

describe("monthBefore()", () => {
  it.each([
    ["2026-11-22T10:00:00Z", "2026-10-21T10:00:00Z"],
    ["2026-03-31T00:00:00Z", "2026-02-27T00:00:00Z"],
    ["2028-03-30T00:00:00Z", "2028-02-28T00:00:00Z"],
    ["2026-01-15T23:59:59Z", "2025-12-14T23:59:59Z"],
  ])("of %s is %s", (now, expected) => {
    expect(new Date(monthBefore(Date.parse(now))).toISOString()).toBe(expected.replace("Z", ".000Z"))
  })
})
