import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { approveBulkChange, eachBulkChangeDevice } from "../../src/bulk-change/mod.ts"
import { createCore } from "../../src/create-core.ts"
import { ensureBillingPeriod, recordRatePlans, setPermittedRatePlans } from "../../src/inventory/mod.ts"
import { runDueJobs } from "../../src/jobs/mod.ts"
import { planOptimizationChanges } from "../../src/mod.ts"
import {
  eachApplyMove,
  getOptimizationSession,
  type GuardRails,
  type OptimizationApplyMove,
  startOptimizationSession,
} from "../../src/optimization/mod.ts"
import { billingScheduleOf, createServiceProvider } from "../../src/providers/mod.ts"
import { openStore } from "../../src/store/mod.ts"
import { createTenant, importSealingKey } from "../../src/tenancy/mod.ts"
import { testRuntime } from "../../src/testing/mod.ts"
import { type FakeCarrier, type FakeCarrierOptions, fakeCarrier } from "../bulk-change/fake-carrier.ts"
import { recordEvents } from "./record-events.ts"
import type { TestPlan } from "./world.ts"

export const TENANT = "t1"
export const MB = 1024 ** 2

export interface AppliedDevice {
  readonly id: string
  readonly ratePlan: string
  readonly communicationPlan?: string
  readonly mb: number
  readonly customerId?: string
  readonly status?: string
}

/** The whole platform with one account in memory whose fleet is in the inventory: from a session to its reconciliation. */
export async function openApplyWorld(
  fleet: {
    readonly plans: readonly TestPlan[]
    readonly permitted: Readonly<Record<string, readonly string[]>>
    readonly devices: readonly AppliedDevice[]
  },
  options: Partial<FakeCarrierOptions> & { readonly now?: number } = {},
) {
  const { now, ...carrierOptions } = options
  const runtime = testRuntime({ seed: 5, startAt: now ?? Date.UTC(2026, 1, 10) })
  const store = await openStore({ url: ":memory:", createClient, runtime })
  const sealingKey = await importSealingKey(Buffer.alloc(32, 7).toString("base64"))
  const devices = fleet.devices.map(({ id, ratePlan, communicationPlan = "Cars" }) => ({
    carrierDeviceId: id,
    iccid: id,
    status: "active" as const,
    carrierStatus: "ACTIVATED",
    ratePlan,
    communicationPlan,
  }))
  const fake: FakeCarrier = fakeCarrier({ runtime, devices, ...carrierOptions })
  const { recorder, events } = recordEvents()
  const core = createCore({
    store,
    runtime,
    sealingKey,
    connectors: { Jasper: () => fake.carrier },
    deliverers: [recorder],
  })
  await createTenant(core, { id: TENANT, name: "One" })
  const provider = await createServiceProvider(core, sealingKey, {
    tenantId: TENANT,
    name: "Carrier",
    integrationType: "Jasper",
    baseUrl: "https://carrier.example",
    username: "u",
    apiKey: "k",
    billingPeriodEndDay: 18,
    timeZone: "UTC",
  })
  const scope = { tenantId: TENANT, serviceProviderId: provider.id }
  const plan = (row: TestPlan) => ({
    monthly: 1_000_000,
    includedBytes: MB,
    pool: null,
    overageCost: 1_000_000,
    overageBlockBytes: MB,
    overageRounding: "exact" as const,
    smsIncluded: 0,
    smsCost: 0,
    version: 1,
    ...row,
  })
  await store.unit({ name: "test.plans" }, recordRatePlans(core, TENANT, provider.id, fleet.plans.map(plan)))
  for (const [communicationPlan, ratePlans] of Object.entries(fleet.permitted)) {
    await setPermittedRatePlans(core, { ...scope, communicationPlan, ratePlans })
  }
  const schedule = billingScheduleOf(provider)
  const period = await ensureBillingPeriod(core, { ...scope, schedule, at: runtime.clock.now() })
  const rows = JSON.stringify(
    fleet.devices.map((d) => [d.id, d.status ?? "active", d.ratePlan, d.communicationPlan ?? "Cars", d.mb * MB]),
  )
  const owners = JSON.stringify(fleet.devices.flatMap(({ id, customerId }) => (customerId ? [[id, customerId]] : [])))
  await store.unit({ name: "test.devices" }, [
    sql`INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status, carrier_status,
        carrier_rate_plan, communication_plan, content_hash, created_at, changed_at)
      SELECT ${TENANT}, ${provider.id}, value->>0, value->>0, value->>0, substr(value->>0, 1, 19), value->>1, value->>1,
        value->>2, value->>3, '', 0, 0 FROM json_each(${rows})`,
    sql`INSERT INTO device_usage (tenant_id, service_provider_id, billing_period_id, carrier_device_id, bytes, sms_count, updated_at)
      SELECT ${TENANT}, ${provider.id}, ${period.id}, value->>0, value->>4, 0, 0 FROM json_each(${rows})`,
    sql`INSERT INTO device_assignment (tenant_id, service_provider_id, carrier_device_id, customer_id, updated_at)
      SELECT ${TENANT}, ${provider.id}, value->>0, value->>1, 0 FROM json_each(${owners})`,
  ])
  const drain = async () => {
    for (;;) {
      const { nextDueAt } = await runDueJobs(core)
      if (nextDueAt === null) return
      await runtime.clock.sleep(Math.max(0, nextDueAt - runtime.clock.now()))
    }
  }
  const optimize = async () => {
    const id = await startOptimizationSession(core, { ...scope, billingPeriodId: period.id, projection: "none" })
    await drain()
    return getOptimizationSession(core, TENANT, id)
  }
  const plan_ = (sessionId: string, guardRails: Partial<GuardRails> = {}) =>
    planOptimizationChanges(core, { tenantId: TENANT, sessionId, createdBy: "test", guardRails })
  const list = async (sessionId: string, which: "moves" | "heldBack"): Promise<OptimizationApplyMove[]> => {
    const all: OptimizationApplyMove[] = []
    for await (const page of eachApplyMove(core, { tenantId: TENANT, sessionId, which })) all.push(...page)
    return all
  }
  const approve = async ({ change }: Awaited<ReturnType<typeof plan_>>) => {
    await approveBulkChange(core, { tenantId: TENANT, id: change.id, planHash: change.planHash, approvedBy: "test" })
    await drain()
  }
  const ends = async (id: string) => {
    const all: string[] = []
    for await (const page of eachBulkChangeDevice(core, { tenantId: TENANT, id })) {
      all.push(...page.map(({ status, code }) => code ?? status))
    }
    return all
  }
  return { core, runtime, store, fake, events, scope, period, drain, optimize, plan: plan_, list, approve, ends }
}
