import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import {
  bulkChangeRetentionSchedule,
  deleteBulkChange,
  documentedBulkChange,
  documentedDetail,
  eachLogEntry,
  getBulkChange,
  getBulkChangeRetention,
  invertBulkChange,
  removeLogEntries,
  resignLogCheckpoints,
  restoreBulkChange,
  retainBulkChanges,
  retryBulkChange,
  setBulkChangeRetention,
  summarizeBulkChange,
  verifyBulkChangeLog,
} from "../../src/bulk-change/mod.ts"
import { createCore } from "../../src/create-core.ts"
import { enqueueScheduledJobs, runDueJobs } from "../../src/jobs/mod.ts"
import { importSealingKey } from "../../src/tenancy/mod.ts"
import { faultPlan, faultyStore, testRuntime } from "../../src/testing/mod.ts"
import { deviceId, fleet, openWorld, TENANT, type World } from "./test-world.ts"

const DAY = 86_400_000
const KEY = await importSealingKey(btoa("0123456789abcdef0123456789abcdef"))
const OTHER_KEY = await importSealingKey(btoa("fedcba9876543210fedcba9876543210"))
const key = (id: string) => ({ tenantId: TENANT, id })

/** A bulk change of three devices that has ended. */
async function ended() {
  const runtime = testRuntime({ seed: 1, startAt: Date.UTC(2026, 0, 1) })
  const world = await openWorld({ runtime, createClient, sql }, fleet(3))
  const request = {
    changeType: 2,
    carrierRatePlanUpdate: { carrierRatePlan: "B" },
    devices: [0, 1, 2].map(deviceId),
  }
  const change = await world.receive(request, { requestId: "r" })
  await world.run()
  return { world, request, id: change.id }
}

const retain = (world: World, retention = {}) => retainBulkChanges(world, KEY, { tenantId: TENANT, retention })
const tables = ["bulk_change_device", "change_intent", "bulk_change_log", "bulk_change_lane"]
const rowsLeft = async (world: World) => {
  const counts = tables.map((name) => sql`SELECT count(*) AS count FROM ${sql.raw(name)}`)
  return Promise.all(counts.map(async (one) => (await world.store.rows<{ count: number }>(one))[0]?.count))
}

describe("a bulk change that has ended", { timeout: 60_000 }, () => {
  it("is put away, deleted and removed for good when it was kept long enough, each once", async () => {
    const { world, id } = await ended()
    const { head } = await verifyBulkChangeLog(world, key(id))
    expect(await retain(world)).toEqual({ archived: 0, deleted: 0, removed: 0 })
    await world.runtime.clock.sleep(91 * DAY)
    expect(await retain(world)).toEqual({ archived: 1, deleted: 0, removed: 0 })
    expect((await getBulkChange(world, TENANT, id)).archivedAt).toBe(world.runtime.clock.now())
    await expect(retryBulkChange(world, { ...key(id), requestedBy: "t" })).rejects.toMatchObject({
      code: "bulk_change.wrong_state",
    })
    await world.runtime.clock.sleep(731 * DAY)
    expect(await retain(world)).toEqual({ archived: 0, deleted: 1, removed: 0 })
    await expect(getBulkChange(world, TENANT, id)).rejects.toMatchObject({ code: "input.not_found" })
    expect(await verifyBulkChangeLog(world, key(id))).toMatchObject({ isIntact: true, head })
    await world.runtime.clock.sleep(31 * DAY)
    expect(await retain(world)).toEqual({ archived: 0, deleted: 0, removed: 1 })
    expect(await rowsLeft(world)).toEqual([0, 0, 0, 0])
    expect(await retain(world)).toEqual({ archived: 0, deleted: 0, removed: 0 })
    // What is left proves where its log ended, to whoever has the key and nobody else.
    const verify = (more: object) => verifyBulkChangeLog(world, { ...key(id), ...more })
    expect(await verify({ sealingKey: KEY, head })).toMatchObject({ isIntact: true, head, unsealed: 0 })
    for (const more of [{}, { sealingKey: OTHER_KEY }]) {
      expect(await verify(more)).toMatchObject({ isIntact: false, reason: "unsigned" })
    }
  })

  it("that is deleted makes way for its request, and can be brought back until then", async () => {
    const { world, request, id } = await ended()
    await deleteBulkChange(world, { ...key(id), deletedBy: "ann" })
    await expect(getBulkChange(world, TENANT, id)).rejects.toMatchObject({ field: "id" })
    await expect(deleteBulkChange(world, { ...key(id), deletedBy: "ann" })).rejects.toMatchObject({ field: "id" })
    expect(await restoreBulkChange(world, { ...key(id), restoredBy: "bob" })).toMatchObject({ id, state: "done" })
    const told = []
    for await (const page of eachLogEntry(world, key(id))) told.push(...page)
    expect(told.slice(-2).map(({ ResponseStatus, ProcessBy }) => [ResponseStatus, ProcessBy])).toEqual([
      ["deleted", "ann"],
      ["restored", "bob"],
    ])
    await deleteBulkChange(world, { ...key(id), deletedBy: "ann" })
    const again = await world.receive(request, { requestId: "r" })
    expect(again.id).not.toBe(id)
    await expect(restoreBulkChange(world, { ...key(id), restoredBy: "bob" })).rejects.toMatchObject({
      code: "store.constraint",
    })
    await expect(deleteBulkChange(world, { ...key(again.id), deletedBy: "ann" })).rejects.toMatchObject({
      code: "bulk_change.wrong_state",
    })
  })

  it("of which old entries are removed for good verifies from there on, and goes on", async () => {
    const { world, id } = await ended()
    const before = world.runtime.clock.now() + 1
    const whole = await verifyBulkChangeLog(world, key(id))
    const { removed } = await removeLogEntries(world, KEY, { ...key(id), before })
    expect(removed).toBe(whole.sealed - 1)
    const verify = () => verifyBulkChangeLog(world, { ...key(id), head: whole.head, sealingKey: KEY })
    expect(await verify()).toMatchObject({ isIntact: true, sealed: whole.sealed })
    await deleteBulkChange(world, { ...key(id), deletedBy: "ann" })
    expect(await verify()).toMatchObject({ isIntact: true, unsealed: 1 })
    await world.store.unit({ name: "test.tamper" }, [sql`UPDATE bulk_change SET log_cut_seq = log_cut_seq - 1`])
    expect(await verify()).toMatchObject({ isIntact: false, reason: "unsigned" })
  })

  it("keeps its checkpoint through a key rotation", async () => {
    const { world, id } = await ended()
    await removeLogEntries(world, KEY, { ...key(id), before: world.runtime.clock.now() + 1 })
    const [before, after] = [btoa("0123456789abcdef0123456789abcdef"), btoa("fedcba9876543210fedcba9876543210")]
    await expect(resignLogCheckpoints(world, OTHER_KEY)).rejects.toMatchObject({ code: "audit.broken" })
    expect(await resignLogCheckpoints(world, await importSealingKey(after, [before]))).toEqual({ signed: 1 })
    expect(await resignLogCheckpoints(world, OTHER_KEY)).toEqual({ signed: 0 })
    expect(await verifyBulkChangeLog(world, { ...key(id), sealingKey: OTHER_KEY })).toMatchObject({ isIntact: true })
  })

  it("whose log was changed stays, as evidence", async () => {
    const { world, id } = await ended()
    await world.store.unit({ name: "test.tamper" }, [
      sql`UPDATE bulk_change_log SET response_status = 'x' WHERE seq = 3`,
    ])
    await deleteBulkChange(world, { ...key(id), deletedBy: "ann" })
    await world.runtime.clock.sleep(31 * DAY)
    await expect(retain(world)).rejects.toMatchObject({ code: "audit.broken" })
    expect((await rowsLeft(world)).slice(0, 2)).toEqual([3, 3])
  })

  it("is removed to the end by the next call, wherever the first one broke off", async () => {
    const clean = faultPlan()
    const names = ["cut-log", "remove-entries", "remove-rows", "mark-removed"].map((name) => `bulk-change.${name}`)
    const points = names.flatMap((name) => [`before:${name}` as const, `after:${name}` as const])
    for (const point of points) {
      const { world, id } = await ended()
      await deleteBulkChange(world, { ...key(id), deletedBy: "ann" })
      await world.runtime.clock.sleep(31 * DAY)
      const faults = faultPlan({ failAt: { point, occurrence: 1 } })
      await expect(retain({ ...world, store: faultyStore(world.store, faults) })).rejects.toThrow()
      await retain({ ...world, store: faultyStore(world.store, clean) })
      expect(await rowsLeft(world)).toEqual([0, 0, 0, 0])
      expect(await verifyBulkChangeLog(world, { ...key(id), sealingKey: KEY })).toMatchObject({ isIntact: true })
    }
    expect([...clean.points.keys()]).toEqual(expect.arrayContaining(points))
  })

  it("is found by its inverse no more once it is deleted", async () => {
    const { world, id } = await ended()
    await deleteBulkChange(world, { ...key(id), deletedBy: "ann" })
    await expect(invertBulkChange(world, { ...key(id), createdBy: "t" })).rejects.toMatchObject({ field: "id" })
  })
})

describe("retention by the clock", { timeout: 60_000 }, () => {
  /** Lets the days go by, one worker at a time. */
  async function days(world: World, count: number) {
    const host = createCore({ ...world, sealingKey: KEY, connectors: {} })
    for (let day = 0; day <= count; day++) {
      await enqueueScheduledJobs(world, [bulkChangeRetentionSchedule()])
      await runDueJobs(host)
      await world.runtime.clock.sleep(DAY)
    }
  }
  /** Ended bulk changes without devices, of other tenants. */
  const addEnded = (world: World, tenants: readonly string[]) =>
    world.store.unit({ name: "test.add" }, [
      sql`INSERT INTO bulk_change (tenant_id, id, service_provider_id, change_type, state, created_by, created_at, processed_at)
        SELECT value, 'x', 'p', 'Archival', 'done', 't', 1, ${world.runtime.clock.now()}
        FROM json_each(${JSON.stringify(tenants)})`,
    ])
  const archived = async (world: World) =>
    (
      await world.store.rows<{ id: string }>(
        sql`SELECT tenant_id AS id FROM bulk_change WHERE archived_at IS NOT NULL ORDER BY tenant_id`,
      )
    ).map(({ id }) => id)

  it("goes on by itself, for each tenant as it is set there", async () => {
    const { world, id } = await ended()
    await addEnded(world, ["u", "v"])
    expect(await getBulkChangeRetention(world, TENANT)).toEqual({
      keepEndedMs: 90 * DAY,
      keepArchivedMs: 730 * DAY,
      keepDeletedMs: 30 * DAY,
    })
    await setBulkChangeRetention(world, TENANT, { keepEndedMs: 2 * DAY, keepArchivedMs: 3 * DAY, keepDeletedMs: 0 })
    await setBulkChangeRetention(world, "u", { keepEndedMs: 2 * DAY })
    await days(world, 4)
    expect(await archived(world)).toEqual([TENANT, "u"])
    await days(world, 6)
    expect(await rowsLeft(world)).toEqual([0, 0, 0, 0])
    expect(await verifyBulkChangeLog(world, { ...key(id), sealingKey: KEY })).toMatchObject({ isIntact: true })
    await world.runtime.clock.sleep(90 * DAY)
    // What nobody was there for is made up for.
    await days(world, 0)
    expect(await archived(world)).toEqual([TENANT, "u", "v"])
  })

  it("comes to every tenant, however many there are", async () => {
    const { world } = await ended()
    const tenants = Array.from({ length: 250 }, (_, index) => `tenant-${String(index).padStart(3, "0")}`)
    await addEnded(world, tenants)
    await days(world, 0)
    await world.runtime.clock.sleep(91 * DAY)
    await days(world, 0)
    expect(await archived(world)).toEqual([TENANT, ...tenants].sort())
  })

  it.each([
    [{ keepEndedMs: -1 }, "keepEndedMs"],
    [{ keepArchivedMs: 1.5 }, "keepArchivedMs"],
    [{ keepForeverMs: 1 } as {}, "keepForeverMs"],
  ])("is not set to %j", async (retention, field) => {
    const { world } = await ended()
    await expect(setBulkChangeRetention(world, TENANT, retention)).rejects.toMatchObject({
      code: "input.invalid",
      field,
    })
    await expect(retain(world, retention)).rejects.toMatchObject({ field })
  })

  it("of a bulk change whose log was changed keeps none of the others", async () => {
    const { world, request, id } = await ended()
    const other = await world.receive(
      { ...request, carrierRatePlanUpdate: { carrierRatePlan: "A" } },
      { requestId: "other" },
    )
    await world.run()
    await world.store.unit({ name: "test.tamper" }, [
      sql`UPDATE bulk_change_log SET response_status = 'x' WHERE bulk_change_id = ${id} AND seq = 3`,
    ])
    await deleteBulkChange(world, { ...key(id), deletedBy: "ann" })
    await deleteBulkChange(world, { ...key(other.id), deletedBy: "ann" })
    await world.runtime.clock.sleep(31 * DAY)
    await expect(retain(world)).rejects.toMatchObject({ code: "audit.broken" })
    expect((await rowsLeft(world)).slice(0, 2)).toEqual([3, 3])
    expect(await verifyBulkChangeLog(world, { ...key(other.id), sealingKey: KEY })).toMatchObject({ isIntact: true })
  })
})

describe("the documents' names", () => {
  it("tell of a bulk change and of each device what became of it", async () => {
    const { world, id } = await ended()
    const change = await getBulkChange(world, TENANT, id)
    expect(documentedBulkChange(change, await summarizeBulkChange(world, TENANT, id))).toMatchObject({
      Id: id,
      ChangeRequestType: "CarrierRatePlanChange",
      PortalType: "M2M",
      Status: "PROCESSED",
      Uploaded: 3,
      Successful: 3,
      Errors: 0,
      CreatedBy: "test",
      ProcessedDate: change.processedAt,
    })
    const [row] = await world.rows(id)
    expect(row && documentedDetail(change, row)).toMatchObject({
      Id: `${id}/0`,
      BulkChangeId: id,
      DeviceIdentifier: deviceId(0),
      ChangeRequest: '{"ratePlan":"B"}',
      Status: "PROCESSED",
      IsProcessed: true,
      HasErrors: false,
      ProcessedBy: "test",
      ProcessedDate: row?.processedAt,
    })
  })
})
