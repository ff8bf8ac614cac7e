import {
  createSimulator,
  DEFAULT_CREDENTIALS,
  type FaultRule,
  RATE_PLANS,
  type Simulator,
} from "@altaworx/jasper-client/simulator"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { type ControlCenterType, controlCenterConnectors } from "../../src/carriers/control-center/mod.ts"
import type { Carrier, Runtime } from "../../src/ports/mod.ts"
import { openStore, type Platform } from "../../src/store/mod.ts"
import { testRuntime } from "../../src/testing/mod.ts"

const NOW = Date.UTC(2026, 10, 22)
/** The rate plans that every communication plan permits. */
const PERMITTED = ["Flex 1MB", "Flex 8MB"]

export interface AccountOptions {
  readonly integrationType: ControlCenterType
  readonly devices: number
  readonly callsPerSecond: number
  readonly rules?: readonly FaultRule[]
  /** Answers in the simulator's place, where it gives anything. */
  readonly answer?: (runtime: Runtime) => Promise<Response> | undefined
}

/** A simulated account, whose devices are in the inventory. */
export interface SimulatedAccount {
  /** Of its service provider. */
  readonly id: string
  readonly simulator: Simulator
  /** Opens it anew, as a process that starts does. */
  connect(): Carrier
}

/** Accounts over their real client, with simulated carriers behind it, in virtual time and in memory. */
export async function openAccounts(
  seed: number,
  options: readonly AccountOptions[],
): Promise<Platform & { readonly accounts: readonly SimulatedAccount[] }> {
  const virtual = testRuntime({
    seed,
    startAt: NOW,
    fetch: (input, init) => {
      const { host } = new URL(input instanceof Request ? input.url : input)
      const index = Number(host.split(".")[0]?.slice(1))
      return options[index]?.answer?.(runtime) ?? (simulators[index] as Simulator).fetch(input, init)
    },
  })
  // Paced calls sleep for parts of milliseconds; hosts' clocks have whole ones.
  const clock = { ...virtual.clock, now: () => Math.floor(virtual.clock.now()) }
  const runtime = { ...virtual, clock }
  const simulators = options.map(({ devices, callsPerSecond, rules = [] }, index) =>
    createSimulator({ seed: seed + index, devices, callsPerSecond, clock, faults: { rules } }),
  )
  const store = await openStore({ url: ":memory:", createClient, runtime })
  const accounts = options.map(({ integrationType, callsPerSecond }, index): SimulatedAccount => {
    const settings = { callsPerSecond, backoff: { baseMs: 50 }, readBackDeadlineMs: 2_000 }
    const account = { baseUrl: `https://a${index}.example`, ...DEFAULT_CREDENTIALS }
    return {
      id: `p${index}`,
      simulator: simulators[index] as Simulator,
      connect: () => controlCenterConnectors(settings)[integrationType](account, runtime),
    }
  })
  for (const [index, { id, simulator }] of accounts.entries()) {
    await store.unit({ name: "test.seed" }, inventoryOf(id, options[index]?.integrationType ?? "Jasper", simulator))
  }
  return { store, runtime, accounts }
}

function inventoryOf(id: string, integrationType: string, { state }: Simulator) {
  const rows = [...state].map(({ iccid, ratePlan, communicationPlan, status }) => [
    iccid,
    ratePlan,
    communicationPlan,
    status === "ACTIVATED" ? "active" : status.toLowerCase(),
    status,
  ])
  const plans = RATE_PLANS.map((plan) => [plan.name, plan.monthlyMicros, plan.includedMegabytes * 1_048_576])
  return [
    sql`INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status, carrier_status,
        carrier_rate_plan, communication_plan, content_hash, created_at, changed_at)
      SELECT 't', ${id}, value->>0, ${id} || (value->>0), value->>0, substr(value->>0, 1, 19), value->>3, value->>4,
        value->>1, value->>2, '', 1, 1 FROM json_each(${JSON.stringify(rows)})`,
    sql`INSERT INTO service_provider (tenant_id, id, name, integration_type, base_url, username, sealed_api_key,
        billing_period_end_day, billing_period_end_hour, time_zone, uses_proration, created_at)
      VALUES ('t', ${id}, ${id}, ${integrationType}, 'https://x.example', 'u', '-', 28, 0, 'UTC', 0, 1)`,
    sql`INSERT INTO rate_plan (tenant_id, service_provider_id, name, id, monthly, included_bytes, overage_rounding,
        sms_included, sms_cost, version, updated_at)
      SELECT 't', ${id}, value->>0, ${id} || (value->>0), value->>1, value->>2, 'exact', 0, 0, 1, 1
      FROM json_each(${JSON.stringify(plans)})`,
    sql`INSERT INTO communication_plan (tenant_id, service_provider_id, name, id, created_at)
      SELECT DISTINCT 't', ${id}, value->>2, ${id} || (value->>2), 1 FROM json_each(${JSON.stringify(rows)})`,
    sql`INSERT INTO permitted_rate_plan (tenant_id, service_provider_id, communication_plan, rate_plan)
      SELECT 't', ${id}, name, value FROM communication_plan, json_each(${JSON.stringify(PERMITTED)})
      WHERE service_provider_id = ${id}`,
  ]
}
