import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { approveBulkChange } from "../../src/bulk-change/approve-bulk-change.ts"
import { bulkChangeHandlers } from "../../src/bulk-change/process/handlers.ts"
import { eachLogEntry } from "../../src/bulk-change/log/log.ts"
import { bulkChangeMessageHandler, bulkChangeMessages } from "../../src/bulk-change/receive/messages.ts"
import { fittingPlan } from "../../src/bulk-change/plan/fitting-plan.ts"
import { getBulkChange } from "../../src/bulk-change/queries.ts"
import { effectiveAtOf } from "../../src/bulk-change/receive/request.ts"
import { CoreError } from "../../src/errors/mod.ts"
import { receiveMessages, runDueJobs } from "../../src/jobs/mod.ts"
import type { StoredRatePlan } from "../../src/inventory/mod.ts"
import { testRuntime } from "../../src/testing/mod.ts"
import type { Behaviour, FakeCarrierOptions } from "./fake-carrier.ts"
import { deviceId, fleet, openWorld, TENANT, type World } from "./test-world.ts"

// Faults of the system before, each as a few lines of its rule: what we hold ourselves to must reject them.

const NOW = Date.UTC(2026, 0, 10, 12)
const open = (count: number, options: Partial<FakeCarrierOptions> = {}) =>
  openWorld({ runtime: testRuntime({ seed: 1, startAt: NOW }), createClient, sql }, fleet(count), options)
const all = (count: number) => Array.from({ length: count }, (_, index) => deviceId(index))
const toB = (count: number) => ({ changeType: 2, carrierRatePlanUpdate: { carrierRatePlan: "B" }, devices: all(count) })

async function statusesOf(world: World, request: Record<string, unknown>): Promise<readonly string[]> {
  const change = await world.receive(request)
  await world.run()
  return (await world.rows(change.id)).map(({ status }) => status)
}

/** Says that ours holds and the rule before does not. */
function holdsForUsOnly<T>(holds: (result: T) => boolean, ours: T, before: T): void {
  expect([holds(ours), holds(before)]).toEqual([true, false])
}

describe("defects of the system before", { timeout: 60_000 }, () => {
  it("38: the end of a bulk change leaves each row's own end", async () => {
    const world = await open(3, { behaviour: (id) => (id === deviceId(1) ? "refuses" : "applies") })
    const ours = await statusesOf(world, toB(3))
    const legacyEnd = (rows: readonly string[]) => rows.map(() => "PROCESSED")
    holdsForUsOnly((rows) => rows[1] === "API_FAILED", ours, legacyEnd(ours))
  })

  it("39: refused credentials are no success", async () => {
    const world = await open(1)
    world.fake.onCall = () => {
      throw new CoreError("carrier.credentials", "Refused")
    }
    const change = await world.receive(toB(1))
    await world.run()
    const ours = await getBulkChange(world, TENANT, change.id)
    const legacyPreFlight = { state: "PROCESSED", errorCode: null }
    holdsForUsOnly<{ state: string; errorCode: string | null }>(
      ({ state, errorCode }) => state === "processing" && errorCode === "carrier.credentials",
      ours,
      legacyPreFlight,
    )
  })

  it("40: what the other side only took for later is not done until it is seen", async () => {
    const world = await open(1, { behaviour: () => "defers", lateMs: 60_000, readBackDeadlineMs: 600_000 })
    const change = await world.receive(toB(1))
    await runDueJobs({ ...world, handlers: bulkChangeHandlers({ carrierFor: world.carrierFor }) })
    const ours = (await world.rows(change.id)).map(({ status }) => status)
    const legacyHandOver = (rows: readonly string[]) => rows.map(() => "PROCESSED")
    holdsForUsOnly((rows) => rows[0] === "PENDING", ours, legacyHandOver(ours))
    expect((await getBulkChange(world, TENANT, change.id)).state).toBe("processing")
  })

  it("41: a scheduled change is of every device", async () => {
    const world = await open(150)
    const request = { ...toB(150), effectiveDate: "2026-02-01T00:00:00Z" }
    const ours = await statusesOf(world, request)
    const legacyQueue = request.devices.slice(0, 100).map(() => "PROCESSED")
    holdsForUsOnly((rows) => rows.length === 150 && rows.every((status) => status === "PROCESSED"), ours, legacyQueue)
  })

  it("42: what fails for a moment is tried again", async () => {
    const attempt = async (retries: number) => {
      let failures = 2
      const call = async () => {
        if (failures-- > 0) throw new Error("away")
        return "PROCESSED"
      }
      // A synchronous policy around an asynchronous call sees a promise, and no failure.
      for (let tries = 0; ; tries++) {
        try {
          return retries === 0 ? await call().catch(() => "ERROR") : await call()
        } catch (error) {
          if (tries >= retries) throw error
        }
      }
    }
    const world = await open(1)
    let failures = 2
    world.fake.onCall = (name) => {
      if (name === "change" && failures-- > 0) throw new CoreError("carrier.unavailable", "Away")
    }
    const [ours] = await statusesOf(world, toB(1))
    holdsForUsOnly((status) => status === "PROCESSED", ours, await attempt(0))
  })

  it("43: one answer is of one device, and the end comes when the last one has ended", async () => {
    const behaviours: readonly Behaviour[] = ["refuses", "defers", "applies"]
    const world = await open(3, {
      behaviour: (id) => behaviours[Number(id.slice(-3))] ?? "applies",
      lateMs: 20_000,
      readBackDeadlineMs: 600_000,
    })
    const host = { ...world, handlers: bulkChangeHandlers({ carrierFor: world.carrierFor }) }
    const change = await world.receive(toB(3))
    const rounds: (readonly [string, readonly string[]])[] = []
    for (let nextDueAt: number | null = 0; nextDueAt !== null; ) {
      nextDueAt = (await runDueJobs(host)).nextDueAt
      const rows = await world.rows(change.id)
      rounds.push([(await getBulkChange(world, TENANT, change.id)).state, rows.map(({ status }) => status)])
      if (nextDueAt !== null) await world.runtime.clock.sleep(nextDueAt - world.runtime.clock.now())
    }
    // The batch's first answer is written to all its rows, and each check of what is pending ends the bulk change.
    const legacyRounds = rounds.map(([, rows]) => ["done", rows.map(() => "API_FAILED")] as const)
    const holds = (seen: readonly (readonly [string, readonly string[]])[]) =>
      seen.every(([state, rows]) => state !== "done" || !rows.includes("PENDING")) &&
      JSON.stringify(seen.at(-1)?.[1]) === JSON.stringify(["API_FAILED", "PROCESSED", "PROCESSED"])
    expect(rounds.length).toBeGreaterThan(2)
    holdsForUsOnly(holds, rounds, legacyRounds)
  })

  it("44: a target that the carrier does not have is refused, and nothing is queued for ever", async () => {
    const world = await open(1)
    const ours = await statusesOf(world, { changeType: 1, devices: all(1), statusUpdate: { updateStatus: "asleep" } })
    const legacyTarget = (status: string) => (status === "online" || status === "stopped" ? ["PROCESSED"] : ["NEW"])
    holdsForUsOnly((rows) => rows[0] === "ERROR", ours, legacyTarget("asleep"))
  })

  it("45: an earlier change on other devices delays nobody, and one that failed does not either", async () => {
    const world = await open(2, {
      behaviour: (id) => (id === deviceId(0) ? "does-nothing" : "applies"),
      readBackDeadlineMs: 600_000,
    })
    const startedAt = world.runtime.clock.now()
    await world.receive({ ...toB(1), devices: [deviceId(0)] })
    const second = await world.receive({ ...toB(1), devices: [deviceId(1)] })
    await world.run()
    const [row] = await world.rows(second.id)
    const ours = (row?.processedAt ?? Infinity) - startedAt
    // Requeued until the earlier one has ended.
    const legacyWait = 600_000
    holdsForUsOnly((ms) => ms < 60_000, ours, legacyWait)
  })

  it("46: another tenant's bulk change is not found", async () => {
    const world = await open(1)
    const { id } = await world.receive(toB(1))
    const find = (tenantId: string) =>
      getBulkChange(world, tenantId, id).then(
        () => true,
        () => false,
      )
    const legacyFind = async (_tenantId: string) => true
    holdsForUsOnly((found) => !found, await find("other"), await legacyFind("other"))
  })

  it("46: a worker that is faster than the approval's answer loses nothing", async () => {
    const world = await open(1)
    const plan = await world.receive({ ...toB(1), processChanges: false })
    const unit: typeof world.store.unit = async (options, statements) => {
      const rows = await world.store.unit(options, statements)
      // The queue has the job: a worker takes it before the approving side goes on.
      if (options.name === "bulk-change.approve") await world.run()
      return rows
    }
    const { id, planHash } = plan
    const request = { tenantId: TENANT, id, planHash: planHash ?? "", approvedBy: "test" }
    await approveBulkChange({ ...world, store: { ...world.store, unit } }, request)
    const ours = (await getBulkChange(world, TENANT, id)).state
    // Queued first, and PROCESSING saved over what the worker had written.
    const legacySave = (_worker: string) => "processing"
    holdsForUsOnly((state) => state === "done", ours, legacySave(ours))
  })

  it("47: each device has one row, refused or not, and a bad request names its field", async () => {
    const world = await open(2)
    const devices = [...all(2), "8900000000000000999", deviceId(0)]
    const change = await world.receive({ ...toB(2), devices })
    const ours = (await world.rows(change.id)).map(({ position, status }) => ({ position, status }))
    // An error row, and then a normal one too.
    const legacyRows = ours.flatMap((row) => (row.status === "ERROR" ? [row, { ...row, status: "NEW" }] : [row]))
    holdsForUsOnly(
      (rows) => rows.length === devices.length && rows.every(({ position }, index) => position === index),
      ours,
      legacyRows,
    )
    const missing = { changeType: 7, devices: all(1) }
    const field = await world.receive(missing).then(
      () => undefined,
      (error: unknown) => (error as CoreError).field,
    )
    const legacyModel = (request: { readonly revService?: { readonly number: string } }) =>
      request.revService?.number === "" ? "revService" : undefined
    holdsForUsOnly((named) => named === "revService", field, legacyModel(missing as object))
  })

  it("48: a swap of SIM and equipment is of both", async () => {
    const world = await open(1)
    const identifierChange = { newICCIDs: ["8999000000000000001"], newIMEIs: ["350000000000014"] }
    await statusesOf(world, { changeType: 8, devices: all(1), identifierChange })
    const ours = world.fake.received.map((sent) =>
      sent.changeType === "ChangeIccidImei" ? [sent.iccid, sent.imei] : [],
    )[0]
    const legacySwap = (asked: typeof identifierChange) =>
      asked.newIMEIs.length > 0 ? [null, asked.newIMEIs[0] ?? null] : [asked.newICCIDs[0] ?? null, null]
    holdsForUsOnly(
      (sent) => sent?.[0] === "8999000000000000001" && sent[1] === "350000000000014",
      ours,
      legacySwap(identifierChange),
    )
  })

  it("49: a customer is the one that is named, and none that contains it", async () => {
    const world = await open(1)
    await world.store.unit({ name: "test.customers" }, [
      sql`INSERT INTO customer (tenant_id, id, name, created_at, updated_at) VALUES (${TENANT}, '1234', 'X', 1, 1)`,
    ])
    const ours = (await statusesOf(world, { changeType: 4, devices: all(1), customerId: "123" }))[0]
    const legacyMatch = (known: readonly string[], asked: string) =>
      known.some((id) => id.includes(asked)) ? "PROCESSED" : "ERROR"
    holdsForUsOnly((status) => status === "ERROR", ours, legacyMatch(["1234"], "123"))
  })

  it.each([
    ["2026-07-01", Date.UTC(2026, 6, 1, 4)],
    ["2026-01-01", Date.UTC(2026, 0, 1, 5)],
    ["2026-07-01T08:30", Date.UTC(2026, 6, 1, 12, 30)],
    ["2026-07-01T08:30:00Z", Date.UTC(2026, 6, 1, 8, 30)],
    ["2026-07-01T08:30:00+0200", Date.UTC(2026, 6, 1, 6, 30)],
  ])("50: the effective date %s means the same instant wherever the server is", (text, expected) => {
    const legacyInstant = (hostOffsetHours: number) =>
      Date.parse(`${text.slice(0, 10)}T00:00:00Z`) - hostOffsetHours * 3_600_000
    expect(effectiveAtOf(text, "America/New_York")).toBe(expected)
    expect(new Set([legacyInstant(-5), legacyInstant(0)]).size).toBe(2)
  })

  it("50: a scheduler that fires twice begins a change once", async () => {
    const world = await open(3)
    const change = await world.receive({ ...toB(3), effectiveDate: "2026-02-01" })
    const message = { id: "m", body: "", attributes: { TenantId: TENANT, BulkChangeId: change.id } }
    const host = { ...world, translators: [bulkChangeMessages] }
    for (const id of ["m1", "m2"]) await receiveMessages(host, { source: "bulk-change" }, [{ ...message, id }])
    const handlers = [
      ...bulkChangeHandlers({ carrierFor: world.carrierFor }),
      bulkChangeMessageHandler(world.carrierFor),
    ]
    await runDueJobs({ ...world, handlers })
    const early = world.fake.received.length
    await world.run()
    const ours = { early, sent: world.fake.received.length }
    const legacyScheduler = { early: 3, sent: 6 }
    holdsForUsOnly((seen) => seen.early === 0 && seen.sent === 3, ours, legacyScheduler)
  })

  it("51: a SIM that no plan is large enough for does not go to the dearest one", () => {
    const plan = (name: string, monthly: number, includedBytes: number) =>
      ({ name, monthly, includedBytes }) as StoredRatePlan
    const plans = [plan("S", 1, 10), plan("L", 9, 100)]
    const catalogue = {
      ratePlans: new Map(plans.map((one) => [one.name, one])),
      permitted: new Map([["C", ["S", "L"]]]),
    }
    const legacyPlan = (used: number) =>
      (plans.find(({ includedBytes }) => (includedBytes ?? 0) >= used) ?? plans.at(-1))?.name
    const ours = (used: number) => {
      const fitting = fittingPlan(catalogue, { ratePlan: "S", communicationPlan: "C" }, used)
      return fitting.kind === "move" ? fitting.ratePlan : "S"
    }
    holdsForUsOnly((name) => name === "S", ours(500), legacyPlan(500))
    expect([ours(5), ours(50)]).toEqual(["S", "L"])
  })

  it("52: no log entry holds a whole identifier or a secret", async () => {
    const world = await open(1)
    const secret = "Basic dXNlcjpzZWNyZXQtY2FuYXJ5LTQyNDI="
    const change = await world.receive({ changeType: 9, devices: all(1), username: { ContactName: secret } })
    await world.run()
    const entries = []
    for await (const page of eachLogEntry(world, { tenantId: TENANT, id: change.id })) entries.push(...page)
    const legacyLog = JSON.stringify({ request: { device: deviceId(0), username: secret } })
    holdsForUsOnly(
      (text) => !text.includes(deviceId(0)) && !text.includes("dXNlcjpzZWNyZXQtY2FuYXJ5"),
      JSON.stringify(entries),
      legacyLog,
    )
  })
})
