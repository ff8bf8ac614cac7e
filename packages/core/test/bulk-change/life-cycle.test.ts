import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { cancelBulkChange } from "../../src/bulk-change/cancel-bulk-change.ts"
import { invertBulkChange } from "../../src/bulk-change/invert-bulk-change.ts"
import { eachLogEntry, rebuildFromLog, verifyBulkChangeLog } from "../../src/bulk-change/log/log.ts"
import { isRecent } from "../../src/bulk-change/plan/assignment.ts"
import { getBulkChange, listBulkChangeDevices, summarizeBulkChange } from "../../src/bulk-change/queries.ts"
import { receiveCarrierCallback } from "../../src/bulk-change/process/receive-callback.ts"
import { recheckUnknown, retryBulkChange } from "../../src/bulk-change/retry-bulk-change.ts"
import { runDueJobs } from "../../src/jobs/mod.ts"
import type { ChangeIntent } from "../../src/ports/mod.ts"
import { testRuntime } from "../../src/testing/mod.ts"
import { bulkChangeHandlers } from "../../src/bulk-change/process/handlers.ts"
import type { Behaviour, FakeCarrierOptions } from "./fake-carrier.ts"
import { fakeCarrier } from "./fake-carrier.ts"
import { deviceId, fleet, openWorld, PROVIDER, TENANT, type World } from "./test-world.ts"

const NOW = Date.UTC(2026, 0, 10, 12)
const open = (count: number, options: Partial<FakeCarrierOptions> = {}, seed = 1) =>
  openWorld({ runtime: testRuntime({ seed, startAt: NOW }), createClient, sql }, fleet(count), options)

const DEACTIVATE = { changeType: "StatusUpdate", statusUpdate: { updateStatus: "deactivated" } }
const all = (count: number) => Array.from({ length: count }, (_, index) => deviceId(index))
const key = (id: string) => ({ tenantId: TENANT, id })

describe("a change of two steps", { timeout: 60_000 }, () => {
  const failing =
    (second: Behaviour) =>
    (_id: string, { changeType }: ChangeIntent): Behaviour =>
      changeType === "StatusUpdate" ? second : "applies"

  it("shows both in the plan, with why", async () => {
    const world = await open(1)
    const change = await world.receive({ ...DEACTIVATE, devices: all(1), processChanges: false })
    const [row] = await world.rows(change.id)
    expect(change.state).toBe("planned")
    expect(row).toMatchObject({
      from: { status: "active", ratePlan: "A" },
      to: { status: "deactivated", ratePlan: "S" },
      steps: [{ change: { ratePlan: "S" }, undo: { ratePlan: "A" } }, { change: { status: "deactivated" } }],
      isIrreversible: false,
      sideEffects: [expect.stringContaining('Moves to rate plan "S" first')],
    })
    expect(world.fake.received).toEqual([])
  })

  it.each(["refuses", "does-nothing"] as const)("takes the first back when the second %s", async (second) => {
    const world = await open(1, { behaviour: failing(second) })
    const change = await world.receive({ ...DEACTIVATE, devices: all(1) })
    await world.run()
    const [row] = await world.rows(change.id)
    expect(row).toMatchObject({ status: "API_FAILED", text: expect.stringContaining("was taken back"), step: 0 })
    expect(world.fake.truthOf(deviceId(0))).toMatchObject({ status: "active", ratePlan: "A" })
    expect(world.fake.received.map(({ changeType }) => changeType)).toEqual([
      "CarrierRatePlanChange",
      "StatusUpdate",
      "CarrierRatePlanChange",
    ])
    expect(await world.inventoryPlan(deviceId(0))).toBe("A")
  })

  it("sends nothing more where the second is not known, and says so", async () => {
    const world = await open(1, { behaviour: failing("loses-request") })
    const change = await world.receive({ ...DEACTIVATE, devices: all(1) })
    await world.run()
    expect((await world.rows(change.id))[0]).toMatchObject({ status: "UNKNOWN", code: "network" })
    expect(world.fake.received).toHaveLength(2)
  })

  it("does not send the second when the first fails", async () => {
    const world = await open(1, { behaviour: () => "refuses" })
    const change = await world.receive({ ...DEACTIVATE, devices: all(1) })
    await world.run()
    expect((await world.rows(change.id))[0]?.status).toBe("API_FAILED")
    expect(world.fake.received).toHaveLength(1)
  })

  it("is taken back between its steps by a cancel", async () => {
    const world = await open(3)
    const change = await world.receive({ ...DEACTIVATE, devices: all(3) })
    let cancelling: Promise<unknown> | undefined
    world.fake.onCall = (name) => {
      if (name === "readBack") cancelling ??= cancelBulkChange(world, { ...key(change.id), cancelledBy: "test" })
    }
    await world.run()
    await cancelling
    expect((await getBulkChange(world, TENANT, change.id)).state).toBe("cancelled")
    for (const row of await world.rows(change.id)) {
      const { status, ratePlan } = world.fake.truthOf(row.identifier) ?? {}
      expect([row.status, status, ratePlan]).toEqual(
        row.status === "PROCESSED" ? ["PROCESSED", "deactivated", "S"] : ["CANCELLED", "active", "A"],
      )
    }
    expect((await summarizeBulkChange(world, TENANT, change.id)).cancelled).toBeGreaterThan(0)
  })

  it("keeps the plan when an automated update asks", async () => {
    const world = await open(1)
    const change = await world.receive({ ...DEACTIVATE, devices: all(1) }, { isAutomated: true })
    await world.run()
    expect((await world.rows(change.id))[0]?.steps).toHaveLength(1)
    expect(world.fake.truthOf(deviceId(0))).toMatchObject({ status: "deactivated", ratePlan: "A" })
  })

  it("stays on its plan where no permitted one covers what it used, unlike before", async () => {
    const world = await open(1)
    await world.store.unit({ name: "test.usage" }, [
      sql`INSERT INTO billing_period (tenant_id, service_provider_id, starts_at, id, ends_at, time_zone)
        VALUES (${TENANT}, ${PROVIDER}, 1, 'now', ${NOW * 2}, 'UTC')`,
      sql`INSERT INTO device_usage (tenant_id, service_provider_id, billing_period_id, carrier_device_id, bytes, sms_count,
          updated_at) VALUES (${TENANT}, ${PROVIDER}, 'now', ${deviceId(0)}, 5000000, 0, ${NOW})`,
    ])
    const change = await world.receive({ ...DEACTIVATE, devices: all(1), processChanges: false })
    const [row] = await world.rows(change.id)
    expect(row).toMatchObject({
      to: { status: "deactivated" },
      sideEffects: [expect.stringContaining("no permitted one")],
    })
    // What the old rule did: the last one of the list, whatever it costs.
    const legacy = (plans: readonly { name: string; bytes: number }[], used: number) =>
      plans.find(({ bytes }) => bytes >= used) ?? plans.at(-1)
    expect(
      legacy(
        [
          { name: "S", bytes: 1e6 },
          { name: "B", bytes: 2e6 },
        ],
        5e6,
      )?.name,
    ).not.toBe(undefined)
    expect(row?.to["ratePlan"]).toBeUndefined()
  })
})

describe("a retry", { timeout: 60_000 }, () => {
  it("sends what failed once more, with intents of its own, and leaves the rest", async () => {
    let isClosed = true
    const world = await open(4, {
      behaviour: (id) =>
        isClosed && id !== deviceId(3) ? (id === deviceId(2) ? "loses-request" : "refuses") : "applies",
    })
    const change = await world.receive({
      changeType: 2,
      carrierRatePlanUpdate: { carrierRatePlan: "B" },
      devices: all(4),
    })
    await world.run()
    expect((await world.rows(change.id)).map(({ status }) => status)).toEqual([
      "API_FAILED",
      "API_FAILED",
      "UNKNOWN",
      "PROCESSED",
    ])
    isClosed = false
    await retryBulkChange(world, { ...key(change.id), requestedBy: "test" })
    await world.run()
    expect((await world.rows(change.id)).map(({ status, round }) => [status, round])).toEqual([
      ["PROCESSED", 1],
      ["PROCESSED", 1],
      ["UNKNOWN", 0],
      ["PROCESSED", 0],
    ])
    expect(world.fake.received).toHaveLength(6)
    expect(new Set(world.fake.received.map(({ id }) => id)).size).toBe(6)
    expect(await getBulkChange(world, TENANT, change.id)).toMatchObject({ state: "done", round: 1 })
    await checkLog(world, change.id)
  })

  it("refuses rows that are not those that were approved", async () => {
    const world = await open(1, { behaviour: () => "refuses" })
    const change = await world.receive({
      changeType: 2,
      carrierRatePlanUpdate: { carrierRatePlan: "B" },
      devices: all(1),
    })
    await world.run()
    await world.store.unit({ name: "test.tamper" }, [
      sql`UPDATE bulk_change_device SET steps = replace(steps, 'B', 'S')`,
    ])
    await expect(retryBulkChange(world, { ...key(change.id), requestedBy: "test" })).rejects.toMatchObject({
      code: "bulk_change.plan_changed",
    })
  })
})

describe("looking again for what is unknown", { timeout: 60_000 }, () => {
  it("finds what shows by now, gives up what was sent long ago, and sends nothing", async () => {
    const world = await open(2, {
      behaviour: (id) => (id === deviceId(0) ? "defers" : "loses-request"),
      lateMs: 20_000,
    })
    const change = await world.receive({
      changeType: 2,
      carrierRatePlanUpdate: { carrierRatePlan: "B" },
      devices: all(2),
    })
    await world.run()
    expect((await world.rows(change.id)).map(({ status }) => status)).toEqual(["UNKNOWN", "UNKNOWN"])
    await world.runtime.clock.sleep(20_000)
    await recheckUnknown(world, { ...key(change.id), requestedBy: "test" })
    await world.run()
    expect((await world.rows(change.id)).map(({ status }) => status)).toEqual(["PROCESSED", "UNKNOWN"])
    await world.runtime.clock.sleep(60_000)
    await recheckUnknown(world, { ...key(change.id), requestedBy: "test" })
    await world.run()
    expect((await world.rows(change.id)).map(({ status, code }) => [status, code])).toEqual([
      ["PROCESSED", null],
      ["API_FAILED", "not_applied"],
    ])
    expect(world.fake.received).toHaveLength(2)
    expect((await getBulkChange(world, TENANT, change.id)).state).toBe("done")
    await checkLog(world, change.id)
  })
})

describe("a callback", { timeout: 60_000 }, () => {
  it("has the carrier looked at now, and decides nothing by itself", async () => {
    const world = await open(1, { behaviour: () => "defers", lateMs: 2_000, readBackDeadlineMs: 600_000 })
    const change = await world.receive({
      changeType: 2,
      carrierRatePlanUpdate: { carrierRatePlan: "B" },
      devices: all(1),
    })
    const host = {
      ...world,
      handlers: bulkChangeHandlers({ carrierFor: async () => world.fake.carrier }),
    }
    await runDueJobs(host)
    const requestId = `request-${world.fake.received[0]?.id}`
    const scope = { tenantId: TENANT, serviceProviderId: PROVIDER }
    expect(await receiveCarrierCallback(world, { ...scope, requestId: "forged" })).toBe(false)
    expect(await receiveCarrierCallback(world, { ...scope, requestId })).toBe(true)
    await runDueJobs(host)
    expect((await world.rows(change.id))[0]?.status).toBe("PENDING")
    await world.runtime.clock.sleep(2_000)
    await receiveCarrierCallback(world, { ...scope, requestId })
    await runDueJobs(host)
    expect((await world.rows(change.id))[0]?.status).toBe("PROCESSED")
    expect(await receiveCarrierCallback(world, { ...scope, requestId })).toBe(false)
  })
})

describe("a request", { timeout: 60_000 }, () => {
  it("names devices by ICCID, IMEI, phone number and EID, mixed; what is not found is refused in its row", async () => {
    const world = await open(6)
    await world.store.unit({ name: "test.details" }, [
      sql`UPDATE device SET imei = '350000000000014' WHERE carrier_device_id = ${deviceId(1)}`,
      sql`UPDATE device SET msisdn = '15550000002' WHERE carrier_device_id IN (${deviceId(2)})`,
      sql`UPDATE device SET eid = '89000000000000000000000000000003' WHERE carrier_device_id = ${deviceId(3)}`,
      sql`UPDATE device SET imei = '350000000000022' WHERE carrier_device_id IN (${deviceId(4)}, ${deviceId(5)})`,
    ])
    const devices = [
      `${deviceId(0)}7`,
      "35 000000 0000014",
      { msisdn: "+1 555 000 0002" },
      "89000000000000000000000000000003F",
      "350000000000022",
      "8900000000000000999",
      "spoiled 8.9E+18",
      deviceId(0),
    ]
    const change = await world.receive({ changeType: 2, carrierRatePlanUpdate: { carrierRatePlan: "B" }, devices })
    await world.run()
    expect(
      (await world.rows(change.id)).map(({ carrierDeviceId, status, code }) => [carrierDeviceId, status, code]),
    ).toEqual([
      [deviceId(0), "PROCESSED", null],
      [deviceId(1), "PROCESSED", null],
      [deviceId(2), "PROCESSED", null],
      [deviceId(3), "PROCESSED", null],
      [null, "ERROR", "identifier_ambiguous"],
      [null, "ERROR", "device_unknown"],
      [null, "ERROR", "identifier_invalid"],
      [deviceId(0), "ERROR", "duplicate"],
    ])
  })

  it.each([
    ["serviceProviderId", { serviceProviderId: undefined }],
    ["changeType", { changeType: 77 }],
    ["devices", { devices: [] }],
    ["statusUpdate", { statusUpdate: undefined }],
    ["effectiveDate", { effectiveDate: "31/12/2026" }],
    ["effectiveDate", { effectiveDate: "2026-02-30" }],
    ["serviceProviderId", { serviceProviderId: "other" }],
  ])("that is bad names the field %s, and nothing is stored", async (field, spoiled) => {
    const world = await open(1)
    await expect(world.receive({ ...DEACTIVATE, devices: all(1), ...spoiled })).rejects.toMatchObject({ field })
    expect(await world.store.rows(sql`SELECT id FROM bulk_change`)).toEqual([])
  })

  it("whose devices come one after the other holds some thousands of them, and a bad one is refused in its row", async () => {
    const world = await open(1)
    let isStored = async () => 0
    let mostHeld = 0
    async function* devices() {
      yield deviceId(0)
      yield { Iccid: [] }
      for (let index = 2; index < 10_000; index++) {
        if (index % 1_000 === 0) mostHeld = Math.max(mostHeld, index - (await isStored()))
        yield deviceId(index)
      }
    }
    isStored = async () => {
      const [row] = await world.store.rows<{ count: number }>(sql`SELECT count(*) AS count FROM bulk_change_device`)
      return row?.count ?? 0
    }
    const change = await world.receive({ ...DEACTIVATE, devices: devices(), processChanges: false })
    expect(change).toMatchObject({ deviceCount: 10_000, refusedCount: 9_999 })
    const rows = await listBulkChangeDevices(world, { ...key(change.id), limit: 3 })
    expect(rows.map(({ code }) => code)).toEqual([null, "identifier_invalid", "device_unknown"])
    expect(mostHeld).toBeLessThanOrEqual(4_000)
  })

  it("by a role that may not approve waits; asked again by its name it is the same", async () => {
    const world = await open(1)
    const request = { ...DEACTIVATE, devices: all(1) }
    const change = await world.receive(request, { approvers: ["owner"], requestId: "r1" })
    expect(change.state).toBe("planned")
    expect((await world.receive(request, { requestId: "r1", approvers: ["owner"] })).id).toBe(change.id)
    await expect(world.receive(request, { role: "viewer" })).rejects.toMatchObject({ field: "role" })
    expect(world.fake.received).toEqual([])
  })

  it("with an effective date is begun then, for every device and not the first hundred", async () => {
    const world = await open(250)
    const change = await world.receive({
      ChangeType: 2,
      Devices: all(250),
      CarrierRatePlanUpdate: { CarrierRatePlan: "B", EffectiveDate: "2026-01-12" },
    })
    // Midnight in the account's zone, five hours behind.
    expect(change).toMatchObject({ state: "approved", effectiveAt: Date.UTC(2026, 0, 12, 5) })
    await world.run()
    const rows = await world.rows(change.id)
    expect(rows.filter(({ status }) => status === "PROCESSED")).toHaveLength(250)
    expect(Math.min(...rows.map(({ processedAt }) => processedAt ?? 0))).toBeGreaterThanOrEqual(
      Date.UTC(2026, 0, 12, 5),
    )
    // What the old rule queued.
    expect(all(250).slice(0, 100)).not.toHaveLength(rows.length)
  })
})

describe("two changes of one device", { timeout: 60_000 }, () => {
  it("are made in the order of their approval, though the second comes to it first", async () => {
    const world = await open(12)
    const last = deviceId(11)
    await world.receive({ changeType: 2, carrierRatePlanUpdate: { carrierRatePlan: "B" }, devices: all(12) })
    const second = await world.receive({ changeType: 9, username: { ContactName: "Pump" }, devices: [last] })
    await world.run({ isSliced: true })
    const sent = world.fake.received.filter(({ carrierDeviceId }) => carrierDeviceId === last)
    expect(sent.map(({ changeType }) => changeType)).toEqual(["CarrierRatePlanChange", "EditUsername"])
    expect((await world.rows(second.id))[0]?.status).toBe("PROCESSED")
  })
})

describe("several accounts", { timeout: 60_000 }, () => {
  it("go each at its own pace and as many at once as it allows", async () => {
    const world = await open(60, { callMs: 10 })
    await world.store.unit({ name: "test.second" }, [
      sql`INSERT INTO service_provider SELECT tenant_id, 'q', 'Second', integration_type, base_url, username, sealed_api_key,
        billing_period_end_day, billing_period_end_hour, time_zone, uses_proration, optimization_start_hour,
        default_site_id, created_at FROM service_provider`,
      sql`INSERT INTO rate_plan (tenant_id, service_provider_id, name, id, overage_rounding, sms_included, sms_cost, version,
          updated_at) SELECT tenant_id, 'q', name, 'q' || id, overage_rounding, 0, 0, 1, 1 FROM rate_plan WHERE name = 'B'`,
      sql`UPDATE device SET service_provider_id = 'q' WHERE carrier_device_id >= ${deviceId(30)}`,
    ])
    const fact = <T>(value: T) => ({ value, source: "Fake", asOf: "2026-01-01" })
    const second = fakeCarrier({
      runtime: world.runtime,
      devices: fleet(60).slice(30),
      callMs: 10,
      capabilities: { concurrency: fact(4) },
    })
    const change = await world.receive({
      changeType: 2,
      serviceProviderIds: [PROVIDER, "q"],
      carrierRatePlanUpdate: { carrierRatePlan: "B" },
      devices: all(60),
    })
    const handlers = bulkChangeHandlers({
      carrierFor: async (_, id) => (id === "q" ? second.carrier : world.fake.carrier),
    })
    for (;;) {
      const { nextDueAt } = await runDueJobs({ ...world, handlers }, { concurrency: 2 })
      if (nextDueAt === null) break
      await world.runtime.clock.sleep(nextDueAt - world.runtime.clock.now())
    }
    expect(await summarizeBulkChange(world, TENANT, change.id)).toMatchObject({ processed: 60, verified: 60 })
    expect([world.fake.received.length, second.received.length]).toEqual([30, 30])
    expect([world.fake.mostAtOnce, second.mostAtOnce]).toEqual([1, 4])
  })
})

describe("plan, apply, invert", { timeout: 120_000 }, () => {
  it("returns every reversible device to where it was", async () => {
    const requests = [
      { changeType: 1, statusUpdate: { updateStatus: "deactivated" } },
      { changeType: 1, statusUpdate: { updateStatus: "suspended" } },
      { changeType: 2, carrierRatePlanUpdate: { carrierRatePlan: "B", commPlan: "C2" } },
    ]
    const BEHAVIOURS: readonly Behaviour[] = ["applies", "refuses", "loses-reply", "loses-request", "does-nothing"]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...requests),
        fc.array(fc.constantFrom(...BEHAVIOURS), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 1_000 }),
        async (request, chosen, seed) => {
          let isInverting = false
          const world = await open(
            chosen.length,
            { behaviour: (id) => (isInverting ? "applies" : (chosen[Number(id.slice(-3))] ?? "applies")) },
            seed,
          )
          const before = all(chosen.length).map((id) => world.fake.truthOf(id))
          const change = await world.receive({ ...request, devices: all(chosen.length) })
          await world.run()
          await checkLog(world, change.id)
          const applied = await world.rows(change.id)
          isInverting = true
          const inverse = await invertBulkChange(world, { ...key(change.id), createdBy: "test" })
          await world.approve(inverse)
          await world.run()
          for (const [index, { status }] of applied.entries()) {
            const now = world.fake.truthOf(deviceId(index))
            const [a, b] = [before[index], now].map((one) => [one?.status, one?.ratePlan, one?.communicationPlan])
            if (status !== "UNKNOWN") expect(b).toEqual(a)
          }
        },
      ),
      { numRuns: 25 },
    )
  })
})

describe("isRecent()", () => {
  it("counts thirty days from the start of today, UTC", () => {
    const today = Date.UTC(2026, 2, 31)
    const limit = today - 30 * 86_400_000
    for (const now of [today, today + 86_399_000]) {
      expect([isRecent(limit, now), isRecent(limit + 1_000, now), isRecent(null, now)]).toEqual([false, true, false])
    }
  })
})

describe("the log", { timeout: 60_000 }, () => {
  it("shows a changed byte, an entry that is missing and one that was added", async () => {
    const world = await open(2)
    const change = await world.receive({ ...DEACTIVATE, devices: all(2) })
    await world.run()
    const { head } = await verifyBulkChangeLog(world, key(change.id))
    const tampering = [
      sql`UPDATE bulk_change_log SET response_status = 'x' WHERE seq = 5`,
      sql`UPDATE bulk_change_log SET created_date = created_date + 1 WHERE seq = 5`,
      sql`UPDATE bulk_change_log SET event = replace(event, 'PROCESSED', 'CANCELLED') WHERE seq = (SELECT max(seq) - 1 FROM bulk_change_log)`,
      sql`DELETE FROM bulk_change_log WHERE seq = 5`,
      sql`DELETE FROM bulk_change_log WHERE seq = (SELECT max(seq) FROM bulk_change_log)`,
      sql`UPDATE bulk_change_log SET hash = NULL, log_entry_description = 'x' WHERE seq = 3`,
    ]
    for (const statement of tampering) {
      const copy = await world.store.rows<Record<string, unknown>>(sql`SELECT * FROM bulk_change_log`)
      await world.store.unit({ name: "test.tamper" }, [statement])
      expect((await verifyBulkChangeLog(world, { ...key(change.id), head })).isIntact).toBe(false)
      await restore(world, copy)
      expect((await verifyBulkChangeLog(world, { ...key(change.id), head })).isIntact).toBe(true)
    }
  })
})

async function restore(world: World, rows: readonly Record<string, unknown>[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  const list = sql.raw(columns.join(", "))
  const values = sql.raw(columns.map((name) => `value->>'${name}'`).join(", "))
  await world.store.unit({ name: "test.restore" }, [
    sql`DELETE FROM bulk_change_log`,
    sql`INSERT INTO bulk_change_log (${list}) SELECT ${values} FROM json_each(${JSON.stringify(rows)})`,
  ])
}

/** The log is whole, and alone tells where everything stands. */
async function checkLog(world: World, id: string): Promise<void> {
  expect(await verifyBulkChangeLog(world, key(id))).toMatchObject({ isIntact: true, unsealed: 0 })
  const entries = []
  for await (const page of eachLogEntry(world, key(id))) entries.push(...page)
  const rebuilt = rebuildFromLog(entries)
  const { state, planHash, round } = await getBulkChange(world, TENANT, id)
  expect(rebuilt).toMatchObject({ state, planHash, round })
  const rows = await world.rows(id)
  expect(rebuilt.devices).toEqual(rows.map(({ status, code }) => ({ status, code })))
}
