import { findDevicesByCarrierId } from "../../src/inventory/mod.ts"
import { type JobHandler, releaseAllLeases, runDueJobs } from "../../src/jobs/mod.ts"
import type { Carrier, CustomerSystem, ListedDevice, Runtime } from "../../src/ports/mod.ts"
import { type OpenStoreOptions, openStore, type Statement, type Store } from "../../src/store/mod.ts"
import { approveBulkChange } from "../../src/bulk-change/approve-bulk-change.ts"
import type { BulkChange, PlannedBulkChange } from "../../src/bulk-change/bulk-change.ts"
import type { BulkChangeDevice } from "../../src/bulk-change/bulk-change-device.ts"
import { type FakeCarrier, type FakeCarrierOptions, fakeCarrier } from "./fake-carrier.ts"
import { bulkChangeHandlers } from "../../src/bulk-change/process/handlers.ts"
import {
  type PlannedMove,
  type PlanRatePlanChangesRequest,
  planRatePlanChanges,
} from "../../src/bulk-change/plan/plan-rate-plan-changes.ts"
import {
  type BulkChangeCore,
  receiveBulkChange,
  type ReceiveBulkChangeRequest,
} from "../../src/bulk-change/receive/receive-bulk-change.ts"
import { eachBulkChangeDevice } from "../../src/bulk-change/queries.ts"

// What the tests of this room share; not part of the product.

export const TENANT = "t"
export const PROVIDER = "p"

export const deviceId = (index: number): string => `8901${String(index).padStart(15, "0")}`

/** Devices of an account, all on plan "A". */
export function fleet(count: number): readonly ListedDevice[] {
  return Array.from({ length: count }, (_, index) => ({
    carrierDeviceId: deviceId(index),
    iccid: deviceId(index),
    status: "active",
    carrierStatus: "ACTIVATED",
    ratePlan: "A",
    communicationPlan: "C",
  }))
}

export const moveOf = (carrierDeviceId: string): PlannedMove => ({
  carrierDeviceId,
  fromRatePlan: "A",
  toRatePlan: "B",
  saving: 1_000,
})

export async function* pagesOf(
  moves: readonly PlannedMove[],
  size = 2_000,
): AsyncGenerator<readonly PlannedMove[], void> {
  for (let start = 0; start < moves.length; start += size) yield moves.slice(start, start + size)
}

/** A platform with one account whose devices are in the inventory. */
export interface World extends BulkChangeCore {
  readonly fake: FakeCarrier
  /** Plans moves from "A" to "B", of all devices unless others are given. */
  plan(request?: Partial<PlanRatePlanChangesRequest>): Promise<PlannedBulkChange>
  approve(plan: Pick<PlannedBulkChange, "id"> & { readonly planHash: string | null }): Promise<unknown>
  /** Asks for a bulk change in the documented shape, as an operator. */
  receive(request: Record<string, unknown>, more?: Partial<ReceiveBulkChangeRequest>): Promise<BulkChange>
  /** Runs jobs, waiting for those due later, until none is left. */
  run(options?: {
    readonly store?: Store
    readonly carrier?: Carrier
    /** Small batches and many jobs, so that there are places to break off. */
    readonly isSliced?: boolean
    readonly customerSystem?: CustomerSystem
    readonly signal?: AbortSignal
  }): Promise<void>
  rows(id: string): Promise<readonly BulkChangeDevice[]>
  /** Where the inventory says that a device is. */
  inventoryPlan(carrierDeviceId: string): Promise<string | null | undefined>
}

/** What only a test file may import. */
export interface WorldParts {
  readonly runtime: Runtime
  readonly createClient: OpenStoreOptions["createClient"]
  readonly sql: (text: TemplateStringsArray, ...values: readonly unknown[]) => Statement
}

export async function openWorld(
  { runtime, createClient, sql }: WorldParts,
  devices: readonly ListedDevice[],
  options: Partial<FakeCarrierOptions> = {},
): Promise<World> {
  const store = await openStore({ url: ":memory:", createClient, runtime })
  const ids = JSON.stringify(devices.map(({ carrierDeviceId }) => carrierDeviceId))
  await store.unit({ name: "test.seed" }, [
    sql`INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status, carrier_status,
        carrier_rate_plan, communication_plan, content_hash, created_at, changed_at)
      SELECT ${TENANT}, ${PROVIDER}, value, value, value, value, 'active', 'ACTIVATED', 'A', 'C', '', 1, 1
      FROM json_each(${ids})`,
    sql`INSERT INTO service_provider (tenant_id, id, name, integration_type, base_url, username, sealed_api_key,
        billing_period_end_day, billing_period_end_hour, time_zone, uses_proration, created_at)
      VALUES (${TENANT}, ${PROVIDER}, 'Fake', 'Fake', 'https://fake.example', 'u', '-', 28, 0, 'America/New_York', 0, 1)`,
    sql`INSERT INTO communication_plan (tenant_id, service_provider_id, name, id, created_at)
      SELECT ${TENANT}, ${PROVIDER}, value, value, 1 FROM json_each('["C","C2"]')`,
    sql`INSERT INTO permitted_rate_plan (tenant_id, service_provider_id, communication_plan, rate_plan)
      SELECT ${TENANT}, ${PROVIDER}, 'C', value FROM json_each('["A","B","S"]')`,
    sql`INSERT INTO rate_plan (tenant_id, service_provider_id, name, id, monthly, included_bytes, overage_rounding,
        sms_included, sms_cost, version, updated_at)
      VALUES (${TENANT}, ${PROVIDER}, 'S', 'S', 500000, 1000000, 'exact', 0, 0, 1, 1)`,
    sql`INSERT INTO rate_plan (tenant_id, service_provider_id, name, id, overage_rounding, sms_included, sms_cost, version,
        updated_at)
      SELECT ${TENANT}, ${PROVIDER}, value, value, 'exact', 0, 0, 1, 1 FROM json_each('["A","B"]')`,
  ])
  const fake = fakeCarrier({ runtime, devices, ...options })
  const core = { store, runtime, carrierFor: async () => fake.carrier }
  return {
    ...core,
    fake,
    plan: (request) =>
      planRatePlanChanges(core, {
        tenantId: TENANT,
        serviceProviderId: PROVIDER,
        createdBy: "test",
        capabilities: fake.carrier.capabilities,
        moves: pagesOf(devices.map(({ carrierDeviceId }) => moveOf(carrierDeviceId))),
        ...request,
      }),
    approve: ({ id, planHash }) =>
      approveBulkChange(core, { tenantId: TENANT, id, planHash: planHash ?? "", approvedBy: "test" }),
    receive: (request, more) =>
      receiveBulkChange(core, {
        tenantId: TENANT,
        createdBy: "test",
        role: "operator",
        request: { serviceProviderId: PROVIDER, processChanges: true, ...request },
        ...more,
      }),
    async run(use = {}) {
      const host = { store: use.store ?? store, runtime, handlers: handlersOf(use.carrier ?? fake.carrier, use) }
      await releaseAllLeases({ store, runtime })
      for (;;) {
        const { nextDueAt } = await runDueJobs(host, { ...(use.signal && { signal: use.signal }) })
        if (nextDueAt === null || use.signal?.aborted) return
        await runtime.clock.sleep(nextDueAt - runtime.clock.now())
      }
    },
    async rows(id) {
      const rows = []
      for await (const page of eachBulkChangeDevice(core, { tenantId: TENANT, id })) rows.push(...page)
      return rows
    },
    async inventoryPlan(id) {
      const request = { tenantId: TENANT, serviceProviderId: PROVIDER, carrierDeviceIds: [id] }
      return (await findDevicesByCarrierId(core, request))[0]?.carrierRatePlan
    },
  }
}

function handlersOf(
  carrier: Carrier,
  use: { readonly isSliced?: boolean; readonly customerSystem?: CustomerSystem },
): readonly JobHandler[] {
  const { isSliced, customerSystem } = use
  return bulkChangeHandlers({
    carrierFor: async () => carrier,
    customerSystemFor: async () => customerSystem,
    ...(isSliced && { callsPerBatch: 3, sliceMs: 10 }),
  })
}
