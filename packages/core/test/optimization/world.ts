import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import type { DeviceStatus } from "../../src/domain/mod.ts"
import { ensureBillingPeriod, recordRatePlans, setPermittedRatePlans } from "../../src/inventory/mod.ts"
import { releaseAllLeases, runDueJobs } from "../../src/jobs/mod.ts"
import { type NotificationEvent, notificationHandlers } from "../../src/notifications/mod.ts"
import {
  getOptimizationSession,
  listOptimizationResults,
  type OptimizationHandlersOptions,
  type OptimizationResult,
  optimizationHandlers,
  type StartOptimizationRequest,
  startOptimizationSession,
} from "../../src/optimization/mod.ts"
import type { ListedRatePlan } from "../../src/ports/mod.ts"
import { openStore, type Store } from "../../src/store/mod.ts"
import { testRuntime } from "../../src/testing/mod.ts"
import { recordEvents } from "./record-events.ts"

export const TENANT = "t1"
export const PROVIDER = "p1"
export const MB = 1024 ** 2

export interface TestPlan extends Partial<ListedRatePlan> {
  readonly name: string
  readonly rateCharge?: number
  readonly planType?: string
}

export interface TestDevice {
  readonly id: string
  readonly ratePlan: string | null
  readonly communicationPlan: string | null
  readonly bytes: number
  readonly smsCount?: number
  readonly status?: DeviceStatus
  readonly activatedAt?: number | null
  readonly optimizationGroup?: string | null
  /** When its usage was read. @default before the period, so that it is not projected */
  readonly usageAt?: number
}

export interface TestFleet {
  readonly plans: readonly TestPlan[]
  readonly permitted: Readonly<Record<string, readonly string[]>>
  readonly devices: readonly TestDevice[]
}

export interface TestWorldOptions {
  /** @default 10 February 2026, in a period that ends on the 18th */
  readonly now?: number
  readonly timeZone?: string
  readonly endDay?: number
  readonly endHour?: number
  readonly usesProration?: boolean
  readonly integrationType?: string
  readonly wrap?: (store: Store) => Store
  readonly optimization?: OptimizationHandlersOptions
  /** Whether anybody is told of what happens. @default true */
  readonly listens?: boolean
}

/** A plan of a price list, in which only what matters has to be said. */
export const testPlan = ({ rateCharge: _, planType: __, ...row }: TestPlan): ListedRatePlan => ({
  monthly: 1_000_000,
  includedBytes: MB,
  pool: null,
  overageCost: 1_000_000,
  overageBlockBytes: MB,
  overageRounding: "exact",
  smsIncluded: 0,
  smsCost: 0,
  version: 1,
  ...row,
})

/** One provider with a fleet in the inventory, the jobs of optimization, and what was told. */
export async function openTestWorld(fleet: TestFleet, options: TestWorldOptions = {}) {
  const runtime = testRuntime({ seed: 7, startAt: options.now ?? Date.UTC(2026, 1, 10) })
  const plain = await openStore({ url: ":memory:", createClient, runtime })
  const quiet = { store: plain, runtime }
  const { timeZone = "UTC", endDay = 18, endHour = 0 } = options
  await plain.unit({ name: "test.provider" }, [
    sql`INSERT INTO tenant (id, name, created_at) VALUES (${TENANT}, 'Tenant', 0)`,
    sql`INSERT INTO service_provider (tenant_id, id, name, integration_type, base_url, username, sealed_api_key,
        billing_period_end_day, billing_period_end_hour, time_zone, uses_proration, created_at)
      VALUES (${TENANT}, ${PROVIDER}, 'Carrier', ${options.integrationType ?? "Jasper"}, 'http://127.0.0.1', 'u', 'k',
        ${endDay}, ${endHour}, ${timeZone}, ${options.usesProration ? 1 : 0}, 0)`,
  ])
  await plain.unit({ name: "test.plans" }, [
    ...recordRatePlans(quiet, TENANT, PROVIDER, fleet.plans.map(testPlan)),
    ...fleet.plans.map(
      ({ name, rateCharge = 0, planType = null }) => sql`UPDATE rate_plan SET rate_charge = ${rateCharge},
        plan_type = ${planType} WHERE name = ${name}`,
    ),
  ])
  const scope = { tenantId: TENANT, serviceProviderId: PROVIDER }
  for (const [communicationPlan, ratePlans] of Object.entries(fleet.permitted)) {
    await setPermittedRatePlans(quiet, { ...scope, communicationPlan, ratePlans })
  }
  const schedule = { endDay, endHour, timeZone }
  const period = await ensureBillingPeriod(quiet, { ...scope, schedule, at: runtime.clock.now() })
  await plain.unit({ name: "test.devices" }, insertDevices(fleet.devices, period.id))
  const { recorder, events } = recordEvents()
  const core = {
    store: options.wrap?.(plain) ?? plain,
    runtime,
    handlers: [
      ...optimizationHandlers({ solverBudget: { workUnits: 50 }, ...options.optimization }),
      ...(options.listens === false
        ? []
        : notificationHandlers({ deliverers: [recorder], sealingKey: undefined as never })),
    ],
  }
  const request: StartOptimizationRequest = { ...scope, billingPeriodId: period.id }
  /** Runs jobs until none is left; a fault that reaches the host is a crash, and the next host takes over. */
  const drain = async () => {
    for (let crashes = 0; crashes < 100; ) {
      try {
        const { nextDueAt } = await runDueJobs(core)
        if (nextDueAt === null) return
        await runtime.clock.sleep(Math.max(0, nextDueAt - runtime.clock.now()))
      } catch {
        crashes++
        await releaseAllLeases(quiet)
      }
    }
    throw new Error("The jobs do not end")
  }
  const optimize = async (more: Partial<StartOptimizationRequest> = {}) => {
    const id = await startOptimizationSession(core, { ...request, ...more })
    await drain()
    return getOptimizationSession(core, TENANT, id)
  }
  const results = async (sessionId: string): Promise<readonly OptimizationResult[]> =>
    (await listOptimizationResults(core, { tenantId: TENANT, sessionId, limit: 2_000 })).results
  return { core, quiet, plain, runtime, scope, period, request, drain, optimize, results, events }
}

function insertDevices(devices: readonly TestDevice[], billingPeriodId: string) {
  const rows = JSON.stringify(
    devices.map((d) => [
      d.id,
      d.status ?? "active",
      d.ratePlan,
      d.communicationPlan,
      d.bytes,
      d.smsCount ?? 0,
      d.activatedAt ?? null,
      d.optimizationGroup ?? null,
      d.usageAt ?? 0,
    ]),
  )
  return [
    sql`INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status, carrier_status,
        carrier_rate_plan, communication_plan, activated_at, optimization_group, content_hash, created_at, changed_at)
      SELECT ${TENANT}, ${PROVIDER}, value->>0, value->>0, value->>0, value->>0, value->>1, value->>1, value->>2, value->>3,
        value->>6, value->>7, '', 0, 0 FROM json_each(${rows})`,
    sql`INSERT INTO device_usage (tenant_id, service_provider_id, billing_period_id, carrier_device_id, bytes, sms_count, updated_at)
      SELECT ${TENANT}, ${PROVIDER}, ${billingPeriodId}, value->>0, value->>4, value->>5, value->>8 FROM json_each(${rows})`,
  ]
}

/** What a progress-minded receiver saw, in order. */
export function progressOf(events: readonly NotificationEvent[]): readonly number[] {
  return events.flatMap((event) => (event.type === "optimization.progress" ? [event.progress] : []))
}
