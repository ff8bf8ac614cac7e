import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { getBulkChange } from "../../src/bulk-change/queries.ts"
import { eachLogEntry, rebuildFromLog } from "../../src/bulk-change/log/log.ts"
import { CoreError } from "../../src/errors/mod.ts"
import { findDeviceAssignments, listReplacedIdentifiers } from "../../src/inventory/mod.ts"
import type { ChangeType, ListedDevice } from "../../src/ports/mod.ts"
import { type FaultPoint, faultPlan, faultyCarrier, faultyStore, testRuntime } from "../../src/testing/mod.ts"
import type { Behaviour } from "./fake-carrier.ts"
import { fakeCustomerSystem } from "./fake-customer-system.ts"
import { deviceId, fleet, openWorld, PROVIDER, TENANT, type World } from "./test-world.ts"

const NOW = Date.UTC(2026, 0, 10, 12)
const NEW_ICCID = "8999000000000000001"
const SOLE = deviceId(0)

/** A change type as it is asked for, what it makes of the carrier and of us, and how it is refused. */
interface Case {
  readonly name: string
  readonly changeType: ChangeType
  readonly request: Record<string, unknown>
  readonly refused: Record<string, unknown>
  readonly refusal: string
  /** Whether it is made at the carrier, or in the inventory; a string where only one of two calls fails. */
  readonly isMade: (world: World) => Promise<boolean>
  readonly calls: boolean
  readonly isExternal?: boolean
}

const assignment = async (world: World) => {
  const request = { tenantId: TENANT, serviceProviderId: PROVIDER, carrierDeviceIds: [SOLE] }
  return (await findDeviceAssignments(world, request))[0]
}
const truth = (world: World, id = SOLE): ListedDevice | undefined => world.fake.truthOf(id)
const one = (changeType: string | number, more: Record<string, unknown> = {}) => ({
  changeType,
  devices: [SOLE],
  ...more,
})

const CASES: readonly Case[] = [
  {
    name: "StatusUpdate",
    changeType: "StatusUpdate",
    request: one(1, { statusUpdate: { updateStatus: "SUSPENDED" } }),
    refused: one(1, { statusUpdate: { updateStatus: "INVENTORY" } }),
    refusal: "transition_refused",
    isMade: async (world) => truth(world)?.status === "suspended",
    calls: true,
  },
  {
    name: "StatusUpdate (deactivation by way of a plan)",
    changeType: "StatusUpdate",
    request: one("StatusUpdate", { statusUpdate: { updateStatus: "deactivated" } }),
    refused: one(1, { statusUpdate: { updateStatus: "Sleeping" } }),
    refusal: "status_unknown",
    isMade: async (world) => truth(world)?.status === "deactivated" && truth(world)?.ratePlan === "S",
    calls: true,
  },
  {
    name: "CarrierRatePlanChange",
    changeType: "CarrierRatePlanChange",
    request: one(2, { carrierRatePlanUpdate: { carrierRatePlan: "B", commPlan: "C2" } }),
    refused: one(2, { carrierRatePlanUpdate: { carrierRatePlan: "Z" } }),
    refusal: "rate_plan_unknown",
    isMade: async (world) => truth(world)?.ratePlan === "B" && truth(world)?.communicationPlan === "C2",
    calls: true,
  },
  {
    name: "CustomerRatePlanChange",
    changeType: "CustomerRatePlanChange",
    request: one(4, {
      customerRatePlanUpdate: { customerRatePlanId: "crp", customerDataAllocationMB: 5, customerPoolId: "pool" },
    }),
    refused: one(3, { customerRatePlanUpdate: { customerRatePlanId: "nobody's" } }),
    refusal: "input_invalid",
    isMade: async (world) => {
      const row = await assignment(world)
      return (
        row?.customerRatePlanId === "crp" &&
        row.customerRatePoolId === "pool" &&
        row.dataAllocationBytes === 5 * 1_048_576
      )
    },
    calls: false,
  },
  {
    name: "CustomerAssignment",
    changeType: "CustomerAssignment",
    request: one(4, { customerAssignment: { customerId: "c", siteId: "s" } }),
    refused: one(4, { customerAssignment: { customerId: "c2", siteId: "s" } }),
    refusal: "input_invalid",
    isMade: async (world) => (await assignment(world))?.siteId === "s",
    calls: false,
  },
  {
    name: "CustomerAssignment (in an external customer system too)",
    changeType: "CustomerAssignment",
    request: one(4, { customerAssignment: { customerId: "c", siteId: "s" } }),
    refused: one(4, { customerAssignment: { customerId: "nobody" } }),
    refusal: "input_invalid",
    isMade: async (world) => (await assignment(world))?.siteId === "s",
    calls: true,
    isExternal: true,
  },
  {
    name: "Archival",
    changeType: "Archival",
    request: one(5),
    refused: one(5, { devices: [deviceId(1)], overrideValidation: true }),
    refusal: "recently_used",
    isMade: async (world) => ((await assignment(world))?.archivedAt ?? null) !== null,
    calls: false,
  },
  {
    name: "ActivateNewService",
    changeType: "ActivateNewService",
    request: { changeType: 6, devices: [NEW_ICCID], activation: { carrierRatePlan: "B" } },
    refused: one(6, { activation: { carrierRatePlan: "B" } }),
    refusal: "no_change",
    isMade: async (world) => truth(world, NEW_ICCID)?.ratePlan === "B",
    calls: true,
  },
  {
    name: "CreateRevService",
    changeType: "CreateRevService",
    request: one(7, { revService: { ServiceTypeId: 7, Number: "15550001" } }),
    refused: { changeType: 7, devices: ["8900000000000000999"], revService: {} },
    refusal: "device_unknown",
    isMade: async (world) => world.fake.serviceLines.get(SOLE) === 1,
    calls: true,
  },
  {
    name: "ChangeIccidImei",
    changeType: "ChangeIccidImei",
    request: one("ChangeICCID/IMEI", { identifierChange: { newICCIDs: [NEW_ICCID], newIMEIs: ["350000000000014"] } }),
    refused: one(8, { identifierChange: { newICCIDs: [deviceId(1)] } }),
    refusal: "identifier_taken",
    isMade: async (world) => truth(world, NEW_ICCID)?.details?.imei === "350000000000014",
    calls: true,
  },
  {
    name: "EditUsername",
    changeType: "EditUsername",
    request: one(9, { username: { ContactName: "Pump 7", CostCenter1: "west" } }),
    refused: one(9, { username: { CostCenter2: "-" } }),
    refusal: "field_unsupported",
    isMade: async (world) => truth(world)?.details?.fields["username"] === "Pump 7",
    calls: true,
  },
]

type Scenario = "success" | "refusal" | "transient failure" | "lost reply after effect" | "silent no-op"

const BEHAVIOUR: Readonly<Record<Scenario, Behaviour>> = {
  success: "applies",
  refusal: "refuses",
  "transient failure": "applies",
  "lost reply after effect": "loses-reply",
  "silent no-op": "does-nothing",
}

async function openTestWorld(behaviour: Behaviour = "applies") {
  const runtime = testRuntime({ seed: 1, startAt: NOW })
  const world = await openWorld({ runtime, createClient, sql }, fleet(2), { behaviour: () => behaviour })
  await world.store.unit({ name: "test.customers" }, [
    sql`INSERT INTO customer (tenant_id, id, name, created_at, updated_at) VALUES (${TENANT}, 'c', 'C', 1, 1), (${TENANT}, 'c2', 'D', 1, 1)`,
    sql`INSERT INTO site (tenant_id, id, customer_id, name, created_at) VALUES (${TENANT}, 's', 'c', 'S', 1)`,
    sql`INSERT INTO customer_rate_pool (tenant_id, id, name, created_at) VALUES (${TENANT}, 'pool', 'P', 1)`,
    sql`INSERT INTO customer_rate_plan (tenant_id, id, code, name, base_rate, rate_charge, included_bytes, overage_cost,
        overage_block_bytes, sms_cost, allows_sim_pooling, bill_in_advance, auto_change_rate_plan, service_provider_ids, updated_at)
      VALUES (${TENANT}, 'crp', 'CRP', 'Basic', 1, 1, 1, 1, 1, 0, 1, 0, 0, '[]', 1)`,
    sql`INSERT INTO billing_period (tenant_id, service_provider_id, starts_at, id, ends_at, time_zone)
      VALUES (${TENANT}, ${PROVIDER}, ${NOW - 86_400_000 * 12}, 'now', ${NOW + 86_400_000 * 18}, 'UTC')`,
    sql`INSERT INTO device_usage (tenant_id, service_provider_id, billing_period_id, carrier_device_id, bytes, sms_count, updated_at)
      VALUES (${TENANT}, ${PROVIDER}, 'now', ${deviceId(1)}, 5, 0, ${NOW - 86_400_000})`,
  ])
  return world
}

const killed = new Error("Killed")
const both = (name: string): readonly FaultPoint[] => [`before:${name}`, `after:${name}`]
const POINTS: readonly FaultPoint[] = ["start", "batch", "seal-log", "finish"].flatMap((name) =>
  both(`bulk-change.${name}`),
)
const CALL_POINTS = [...both("carrier.change"), ...both("carrier.readBack")]

async function runCase(test: Case, scenario: Scenario | "plan refusal" | FaultPoint) {
  const behaviour = scenario in BEHAVIOUR ? BEHAVIOUR[scenario as Scenario] : "applies"
  const world = await openTestWorld(behaviour)
  const external = test.isExternal ? fakeCustomerSystem({ behaviour }) : undefined
  let failures = scenario === "transient failure" ? 3 : 0
  const away = () => {
    if (failures-- > 0) throw new CoreError("carrier.unavailable", "Too many calls")
  }
  world.fake.onCall = (name) => name === "change" && away()
  const system = external && {
    ...external.system,
    change: async (...args: Parameters<typeof external.system.change>) => (away(), external.system.change(...args)),
  }
  const request = scenario === "plan refusal" ? test.refused : test.request
  const change = await world.receive(request, { customerSystem: system })
  const use = system ? { customerSystem: system } : {}
  if (scenario.includes(":")) {
    let isDead = false
    const faults = faultPlan({
      onPoint(point) {
        isDead ||= point === scenario
        if (isDead) throw killed
      },
    })
    const mortal = { store: faultyStore(world.store, faults), carrier: faultyCarrier(world.fake.carrier, faults) }
    await world.run({ ...use, ...mortal }).catch((error: unknown) => expect(error).toBe(killed))
  }
  await world.run(use)
  const [row] = await world.rows(change.id)
  return { world, change, row, external, isMade: await test.isMade(world) }
}

const SCENARIOS: readonly (Scenario | "plan refusal")[] = [
  "success",
  "plan refusal",
  "refusal",
  "transient failure",
  "lost reply after effect",
  "silent no-op",
]

const EXPECTED: Readonly<Record<Scenario | "plan refusal", readonly [string, string | null, boolean]>> = {
  success: ["PROCESSED", null, true],
  "plan refusal": ["ERROR", null, false],
  refusal: ["API_FAILED", "10000013", false],
  "transient failure": ["PROCESSED", null, true],
  "lost reply after effect": ["PROCESSED", null, true],
  "silent no-op": ["API_FAILED", "not_applied", false],
}

describe("each change type", { timeout: 120_000 }, () => {
  const table = new Map<string, string>()
  const scenarios = CASES.flatMap((test) =>
    SCENARIOS.filter((scenario) => test.calls || scenario === "success" || scenario === "plan refusal").map(
      (scenario) => [test.name, scenario, test] as const,
    ),
  )

  it.each(scenarios)("%s: %s", async (name, scenario, test) => {
    const { world, change, row, isMade } = await runCase(test, scenario)
    const [status, code, made] = EXPECTED[scenario]
    const expected = scenario === "plan refusal" ? test.refusal : code === "10000013" && test.isExternal ? "422" : code
    expect(change.changeType).toBe(test.changeType)
    expect([row?.status, row?.code, row?.text]).toEqual([status, expected, expect.any(String)])
    expect(isMade).toBe(made)
    expect((await getBulkChange(world, TENANT, change.id)).state).toBe("done")
    // A change is sent once, whatever became of its answer.
    const sent = world.fake.received.map((intent) => JSON.stringify({ ...intent, id: "" }))
    expect(new Set(sent).size).toBe(sent.length)
    table.set(`${name}/${scenario}`, `\`${row?.status}\`${row?.code ? ` (\`${row.code}\`)` : ""}`)
    await checkLog(world, change.id)
  })

  const kills = CASES.flatMap((test) =>
    [...POINTS, ...(test.calls && !test.isExternal ? CALL_POINTS : [])].map(
      (point) => [test.name, point, test] as const,
    ),
  )

  it.each(kills)("%s: killed at %s", async (name, point, test) => {
    const { world, change, row, isMade } = await runCase(test, point)
    expect((await getBulkChange(world, TENANT, change.id)).state).toBe("done")
    const ends = isMade ? ["PROCESSED"] : ["UNKNOWN"]
    // A deactivation that was interrupted between its two steps stays where it is, named.
    expect([...ends, "UNKNOWN"]).toContain(row?.status)
    expect(row?.status === "PROCESSED").toBe(isMade)
    const sent = world.fake.received.map((intent) => JSON.stringify({ ...intent, id: "" }))
    expect(new Set(sent).size).toBe(sent.length)
    await checkLog(world, change.id)
    const known = table.get(`${name}/killed`)?.split(", ") ?? []
    const end = `\`${row?.status}\``
    table.set(`${name}/killed`, [...new Set([...known, end])].sort().join(", "))
  })

  it("is in the documentation as it is here", async () => {
    const columns = [...SCENARIOS, "killed"]
    const lines = CASES.map(
      ({ name }) => `| ${name} | ${columns.map((column) => table.get(`${name}/${column}`) ?? "no call").join(" | ")} |`,
    )
    await expect(`# What becomes of a device

How each change type ends, by what happens on the way. Written by \`packages/core/test/bulk-change/change-types.test.ts\` from what it saw; it fails where this page says otherwise.

| change type | success | refused in the plan | refused by the other side | away three times | answer lost after the effect | answered, and nothing done | killed at any named point |
| --- | --- | --- | --- | --- | --- | --- | --- |
${lines.join("\n")}

"No call" is a change that is ours alone: it is one unit of the database, which happens whole or not at all. Away: the other side surely did nothing, so the device goes back in line. Killed while a change was being sent, nobody knows whether it arrived: it is looked for, and \`UNKNOWN\` where it does not show. It is never sent again by itself.
`).toMatchFileSnapshot("../../../../docs/bulk-change-outcomes.md")
  })
})

/** The log alone tells where everything stands. */
async function checkLog(world: World, id: string): Promise<void> {
  const entries = []
  for await (const page of eachLogEntry(world, { tenantId: TENANT, id })) entries.push(...page)
  const rebuilt = rebuildFromLog(entries)
  const change = await getBulkChange(world, TENANT, id)
  expect([rebuilt.state, rebuilt.planHash]).toEqual([change.state, change.planHash])
  const rows = await world.rows(id)
  expect(rebuilt.devices).toEqual(rows.map(({ status, code }) => ({ status, code })))
  expect(JSON.stringify(entries)).not.toContain(SOLE)
}

describe("an ICCID and IMEI swap", { timeout: 60_000 }, () => {
  it("keeps both numbers that the device had, and is taken back by its inverse", async () => {
    const swap = CASES.find(({ changeType }) => changeType === "ChangeIccidImei") as Case
    const { world } = await runCase(swap, "success")
    const replaced = await listReplacedIdentifiers(world, TENANT, SOLE)
    expect(replaced).toMatchObject([{ kind: "iccid", value: SOLE, replacedBy: NEW_ICCID }])
    expect(await world.inventoryPlan(NEW_ICCID)).toBe("A")
    expect(await world.inventoryPlan(SOLE)).toBeUndefined()
  })
})
