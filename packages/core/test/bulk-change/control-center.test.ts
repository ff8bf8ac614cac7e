import { createSimulator, DEFAULT_CREDENTIALS, type FaultRule, RATE_PLANS } from "@altaworx/jasper-client/simulator"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { bulkChangeHandlers } from "../../src/bulk-change/handlers.ts"
import { eachBulkChangeDevice, getBulkChange } from "../../src/bulk-change/queries.ts"
import { receiveBulkChange } from "../../src/bulk-change/receive-bulk-change.ts"
import {
  CONTROL_CENTER_FAMILY,
  type ControlCenterType,
  controlCenterConnectors,
} from "../../src/carriers/control-center/mod.ts"
import { findDeviceDetails } from "../../src/inventory/mod.ts"
import { runDueJobs } from "../../src/jobs/mod.ts"
import { openStore } from "../../src/store/mod.ts"
import { testRuntime } from "../../src/testing/mod.ts"

const NOW = Date.UTC(2026, 10, 22)
const PERMITTED = ["Flex 1MB", "Flex 8MB"]

/** An account over its real client, with a simulated carrier behind it whose devices are in the inventory. */
async function openAccount(integrationType: ControlCenterType, rules: readonly FaultRule[] = []) {
  const virtual = testRuntime({ seed: 1, startAt: NOW, fetch: (input, init) => simulator.fetch(input, init) })
  // Paced calls sleep for parts of milliseconds; hosts' clocks have whole ones.
  const clock = { ...virtual.clock, now: () => Math.floor(virtual.clock.now()) }
  const runtime = { ...virtual, clock }
  const simulator = createSimulator({
    seed: 7,
    devices: 200,
    callsPerSecond: 50,
    clock: runtime.clock,
    faults: { rules },
  })
  const store = await openStore({ url: ":memory:", createClient, runtime })
  const account = { baseUrl: "http://127.0.0.1", ...DEFAULT_CREDENTIALS }
  const settings = { callsPerSecond: 50, backoff: { baseMs: 50 }, readBackDeadlineMs: 2_000 }
  const carrier = controlCenterConnectors(settings)[integrationType](account, runtime)
  const listed = [...simulator.state].map(({ iccid, ratePlan, communicationPlan }) => [
    iccid,
    ratePlan,
    communicationPlan,
  ])
  const statuses = { ACTIVATED: "active", DEACTIVATED: "deactivated" } as Readonly<Record<string, string>>
  const rows = [...simulator.state].map(({ status }, index) => [
    ...(listed[index] ?? []),
    statuses[status] ?? "inventory",
    status,
  ])
  await store.unit({ name: "test.seed" }, [
    sql`INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status, carrier_status,
        carrier_rate_plan, communication_plan, content_hash, created_at, changed_at)
      SELECT 't', 'p', value->>0, value->>0, value->>0, value->>0, value->>3, value->>4, value->>1, value->>2, '', 1, 1
      FROM json_each(${JSON.stringify(rows)})`,
    sql`INSERT INTO service_provider (tenant_id, id, name, integration_type, base_url, username, sealed_api_key,
        billing_period_end_day, billing_period_end_hour, time_zone, uses_proration, created_at)
      VALUES ('t', 'p', 'P', ${integrationType}, 'https://x.example', 'u', '-', 28, 0, 'UTC', 0, 1)`,
    sql`INSERT INTO rate_plan (tenant_id, service_provider_id, name, id, monthly, included_bytes, overage_rounding,
        sms_included, sms_cost, version, updated_at)
      SELECT 't', 'p', value->>0, value->>0, value->>1, value->>2, 'exact', 0, 0, 1, 1
      FROM json_each(${JSON.stringify(RATE_PLANS.map((plan) => [plan.name, plan.monthlyMicros, plan.includedMegabytes * 1_048_576]))})`,
    sql`INSERT INTO communication_plan (tenant_id, service_provider_id, name, id, created_at)
      SELECT DISTINCT 't', 'p', value->>2, value->>2, 1 FROM json_each(${JSON.stringify(listed)})`,
    sql`INSERT INTO permitted_rate_plan (tenant_id, service_provider_id, communication_plan, rate_plan)
      SELECT 't', 'p', name, value FROM communication_plan, json_each(${JSON.stringify(PERMITTED)})`,
  ])
  const core = { store, runtime, carrierFor: async () => carrier }
  const run = async (request: Record<string, unknown>) => {
    const change = await receiveBulkChange(core, {
      tenantId: "t",
      createdBy: "test",
      role: "operator",
      request: { serviceProviderId: "p", processChanges: true, ...request },
    })
    const host = { store, runtime, handlers: bulkChangeHandlers({ carrierFor: core.carrierFor }) }
    for (;;) {
      const { nextDueAt } = await runDueJobs(host)
      if (nextDueAt === null) break
      await runtime.clock.sleep(nextDueAt - runtime.clock.now())
    }
    expect((await getBulkChange(core, "t", change.id)).state).toBe("done")
    const devices = []
    for await (const page of eachBulkChangeDevice(core, { tenantId: "t", id: change.id })) devices.push(...page)
    return devices
  }
  const find = (status: string) => [...simulator.state].find((device) => device.status === status)?.iccid ?? ""
  return { core, simulator, run, find, carrier }
}

const TYPES = Object.keys(CONTROL_CENTER_FAMILY) as ControlCenterType[]
const editFault = (fault: FaultRule["fault"], more: Partial<FaultRule> = {}): FaultRule => ({
  fault,
  on: "editDevice",
  ...more,
})

interface Ask {
  readonly name: string
  readonly from: string
  readonly request: (iccid: string) => Record<string, unknown>
  readonly shows: (device: { status: string; ratePlan: string } | undefined) => boolean | undefined
}

const ASKS: readonly Ask[] = [
  {
    name: "StatusUpdate",
    from: "DEACTIVATED",
    request: (iccid) => ({ changeType: 1, devices: [iccid], statusUpdate: { updateStatus: "Activated" } }),
    shows: (device) => device?.status === "ACTIVATED",
  },
  {
    name: "CarrierRatePlanChange",
    from: "ACTIVATED",
    request: (iccid) => ({ changeType: 2, devices: [iccid], carrierRatePlanUpdate: { carrierRatePlan: "Flex 60MB" } }),
    shows: (device) => device?.ratePlan === "Flex 60MB",
  },
  {
    name: "EditUsername",
    from: "ACTIVATED",
    request: (iccid) => ({
      changeType: 9,
      devices: [iccid],
      username: { ContactName: "Pump 7", accountCustom3: "west" },
    }),
    shows: () => undefined,
  },
]

describe.each(TYPES)("%s accounts", { timeout: 60_000 }, (type) => {
  const outcomes: readonly (readonly [string, readonly FaultRule[], string, string | null])[] = [
    ["success", [], "PROCESSED", null],
    ["a rate limit that passes", [editFault("throttle429", { limit: 2 })], "PROCESSED", null],
    ["an answer lost after the effect", [editFault("lostReply")], "PROCESSED", null],
    ["a silent no-op", [{ fault: "silentNoOp" }], "API_FAILED", "not_applied"],
    ["a write that shows late", [{ fault: "lateRead", maxDelayMs: 1_000 }], "PROCESSED", null],
  ]
  const cases = ASKS.flatMap((ask) => outcomes.map((outcome) => [ask.name, outcome[0], ask, outcome] as const))

  it.each(cases)("%s: %s", async (_name, _scenario, ask, [, rules, status, code]) => {
    const { simulator, run, find } = await openAccount(type, rules)
    const iccid = find(ask.from)
    const [row] = await run(ask.request(iccid))
    expect([row?.status, row?.code]).toEqual([status, code])
    const shown = ask.shows(simulator.state.get(iccid))
    if (shown !== undefined) expect(shown).toBe(status === "PROCESSED")
    expect(simulator.writes.filter((write) => write.iccid === iccid)).toHaveLength(1)
  })

  it("refuses in the plan, by name, what Control Center has no call for", async () => {
    const { run, find, simulator } = await openAccount(type)
    const iccid = find("ACTIVATED")
    for (const request of [
      { changeType: 6, devices: ["8999000000000000001"], activation: { carrierRatePlan: "Flex 1MB" } },
      { changeType: 7, devices: [iccid], revService: {} },
      { changeType: 8, devices: [iccid], identifierChange: { newICCIDs: ["8999000000000000001"] } },
    ]) {
      const [row] = await run(request)
      expect([row?.status, row?.code]).toEqual(["ERROR", "change_unsupported"])
      expect(row?.text).toContain(`${type} accounts cannot do`)
    }
    expect(simulator.writes).toEqual([])
  })

  it("refuses in the plan every transition that the carrier would", async () => {
    const { run, find, simulator, carrier } = await openAccount(type)
    const [row] = await run({
      changeType: 1,
      devices: [find("ACTIVATED")],
      statusUpdate: { updateStatus: "TEST_READY" },
    })
    expect([row?.status, row?.code]).toEqual(["ERROR", "transition_refused"])
    expect(simulator.writes).toEqual([])
    for (const fact of Object.values(carrier.capabilities)) {
      if (typeof fact === "object")
        expect(fact).toMatchObject({ source: expect.stringMatching(/\w/), asOf: expect.stringMatching(/^\d{4}-/) })
    }
  })

  it("moves to the cheapest fitting plan before it deactivates, and back again when that fails", async () => {
    const good = await openAccount(type)
    const request = (iccid: string) => ({
      changeType: 1,
      devices: [iccid],
      statusUpdate: { updateStatus: "deactivated" },
    })
    const iccid =
      [...good.simulator.state].find(({ status, ratePlan }) => status === "ACTIVATED" && ratePlan !== "Flex 1MB")
        ?.iccid ?? ""
    const before = good.simulator.state.get(iccid)
    await good.run(request(iccid))
    expect(good.simulator.writes.map(({ fields }) => fields)).toEqual([
      { ratePlan: "Flex 1MB" },
      { status: "DEACTIVATED" },
    ])
    const bad = await openAccount(type, [editFault("silentNoOp", { nth: 2 })])
    const [row] = await bad.run(request(iccid))
    expect(row).toMatchObject({ status: "API_FAILED", text: expect.stringContaining("taken back") })
    expect(bad.simulator.state.get(iccid)).toMatchObject({ status: "ACTIVATED", ratePlan: before?.ratePlan })
  })
})

describe("an edit of the user name", { timeout: 60_000 }, () => {
  it("is known to the inventory after it, so that the next one can be taken back", async () => {
    const { core, run, find } = await openAccount("POD19")
    const iccid = find("ACTIVATED")
    const ask = (name: string) => ({ changeType: 9, devices: [iccid], username: { ContactName: name } })
    expect((await run(ask("Pump 7")))[0]).toMatchObject({ isIrreversible: true, status: "PROCESSED" })
    const details = await findDeviceDetails(core, { tenantId: "t", serviceProviderId: "p", carrierDeviceIds: [iccid] })
    expect(details[0]?.fields["username"]).toBe("Pump 7")
    expect((await run(ask("Pump 8")))[0]).toMatchObject({ isIrreversible: false, from: { username: "Pump 7" } })
    expect((await run(ask("Pump 8")))[0]).toMatchObject({ status: "ERROR", code: "no_change" })
  })
})
