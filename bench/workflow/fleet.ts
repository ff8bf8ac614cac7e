import { createCore } from "@altaworx/core"
import { ensureBillingPeriod, recordRatePlans, setPermittedRatePlans } from "@altaworx/core/inventory"
import { type Runtime, systemRuntime } from "@altaworx/core/ports"
import { billingScheduleOf, createServiceProvider } from "@altaworx/core/providers"
import { openStore } from "@altaworx/core/store"
import { createTenant, importSealingKey } from "@altaworx/core/tenancy"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { largeFleet } from "../optimizer/large-fleet.ts"

const PAGE = 5_000

/** Time goes on from the middle of a period, so that usage is carried to its end the same way in every run. */
export function benchRuntime(): Runtime {
  const runtime = systemRuntime()
  const startedAt = performance.now()
  const now = () => Date.UTC(2026, 1, 13) + Math.round(performance.now() - startedAt)
  return { ...runtime, clock: { now, sleep: runtime.clock.sleep, yield: runtime.clock.yield } }
}

/** Writes the inventory as a sync of the fleet leaves it. */
export async function writeFleet(
  file: string,
  made: { readonly sims: number; readonly pools: number; readonly seed: number },
): Promise<void> {
  const runtime = benchRuntime()
  const store = await openStore({ url: `file:${file}`, createClient, runtime })
  const sealingKey = await importSealingKey(Buffer.alloc(32, 7).toString("base64"))
  const core = createCore({ store, runtime, sealingKey, connectors: {} })
  await createTenant(core, { id: "1", name: "Bench" })
  const provider = await createServiceProvider(core, sealingKey, {
    tenantId: "1",
    name: "Carrier",
    integrationType: "Jasper",
    baseUrl: "http://127.0.0.1:1",
    username: "u",
    apiKey: "k",
    billingPeriodEndDay: 28,
    timeZone: "UTC",
  })
  const scope = { tenantId: "1", serviceProviderId: provider.id }
  const now = runtime.clock.now()
  const period = await ensureBillingPeriod(core, { ...scope, schedule: billingScheduleOf(provider), at: now })
  const { plans, pools = [], commPlans = [], sims } = largeFleet({ ...made, plans: 15, commPlans: 6 })
  const poolOf = new Map(pools.map((pool) => [pool.id, pool]))
  const listed = plans.map((plan) => {
    const terms = poolOf.get(plan.pool ?? "") ?? plan
    return {
      name: plan.id,
      monthly: plan.monthly,
      includedBytes: plan.included * 1024,
      pool: plan.pool ?? null,
      overageCost: terms.overageCost ?? 0,
      overageBlockBytes: (terms.overageBlock ?? 1) * 1024,
      overageRounding: terms.overageRounding ?? ("exact" as const),
      smsIncluded: 0,
      smsCost: 0,
      version: 1,
    }
  })
  await store.unit({ name: "bench.plans" }, recordRatePlans(core, "1", provider.id, listed))
  for (const { id, plans: ratePlans } of commPlans) {
    await setPermittedRatePlans(core, { ...scope, communicationPlan: id, ratePlans })
  }
  for (let from = 0; from < made.sims; from += PAGE) {
    const rows = Array.from({ length: Math.min(PAGE, made.sims - from) }, (_, k) => {
      const sim = from + k
      const commPlan = commPlans[sims.commPlan?.[sim] ?? 0]!
      // Somewhere among the permitted ones, as operators leave them.
      const ratePlan = commPlan.plans[(sim * 7) % commPlan.plans.length]
      return [`8901${String(sim).padStart(16, "0")}`, ratePlan, commPlan.id, (sims.usage[sim] ?? 0) * 1024]
    })
    await store.unit({ name: "bench.devices" }, [
      sql`INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status,
          carrier_status, carrier_rate_plan, communication_plan, content_hash, created_at, changed_at)
        SELECT '1', ${provider.id}, value->>0, value->>0, value->>0, substr(value->>0, 1, 19), 'active', 'ACTIVATED',
          value->>1, value->>2, '', 0, 0 FROM json_each(${JSON.stringify(rows)})`,
      sql`INSERT INTO device_usage (tenant_id, service_provider_id, billing_period_id, carrier_device_id, bytes, sms_count,
          updated_at)
        SELECT '1', ${provider.id}, ${period.id}, value->>0, value->>3, 0, ${now} FROM json_each(${JSON.stringify(rows)})`,
    ])
  }
  store.close()
}
