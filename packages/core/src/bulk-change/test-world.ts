import { type JobHandler, releaseAllLeases, runDueJobs } from "../jobs/mod.ts"
import type { Carrier, ListedDevice, Runtime } from "../ports/mod.ts"
import type { Platform, Store } from "../store/mod.ts"
import { approveBulkChange } from "./approve-bulk-change.ts"
import type { BulkChangeDevice, PlannedBulkChange } from "./bulk-change.ts"
import { type FakeCarrier, type FakeCarrierOptions, fakeCarrier } from "./fake-carrier.ts"
import { bulkChangeHandlers } from "./handlers.ts"
import { type PlanRatePlanChangesRequest, planRatePlanChanges } from "./plan-rate-plan-changes.ts"
import { eachBulkChangeDevice } from "./queries.ts"
import type { PlannedMove } from "./write-plan.ts"

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

/** A platform with one account whose devices are in the inventory, as `seed` puts them there. */
export interface World extends Platform {
  readonly fake: FakeCarrier
  /** Plans moves from "A" to "B", of all devices unless others are given. */
  plan(request?: Partial<PlanRatePlanChangesRequest>): Promise<PlannedBulkChange>
  approve(plan: PlannedBulkChange): Promise<unknown>
  /** Runs jobs, waiting for those due later, until none is left. */
  run(options?: {
    readonly store?: Store
    readonly carrier?: Carrier
    readonly devicesPerSlice?: number
  }): Promise<void>
  rows(id: string): Promise<readonly BulkChangeDevice[]>
}

export function openWorld(
  core: { readonly store: Store; readonly runtime: Runtime },
  devices: readonly ListedDevice[],
  options: Partial<FakeCarrierOptions> = {},
): World {
  const { store, runtime } = core
  const fake = fakeCarrier({ runtime, devices, ...options })
  return {
    store,
    runtime,
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
    approve: ({ id, planHash }) => approveBulkChange(core, { tenantId: TENANT, id, planHash, approvedBy: "test" }),
    async run(use = {}) {
      const host = { store: use.store ?? store, runtime, handlers: handlersOf(use.carrier ?? fake.carrier, use) }
      await releaseAllLeases({ store, runtime })
      for (;;) {
        const { nextDueAt } = await runDueJobs(host)
        if (nextDueAt === null) return
        await runtime.clock.sleep(nextDueAt - runtime.clock.now())
      }
    },
    async rows(id) {
      const rows = []
      for await (const page of eachBulkChangeDevice(core, { tenantId: TENANT, id })) rows.push(...page)
      return rows
    },
  }
}

function handlersOf(carrier: Carrier, use: { readonly devicesPerSlice?: number }): readonly JobHandler[] {
  const { devicesPerSlice } = use
  return bulkChangeHandlers({ carrierFor: async () => carrier, ...(devicesPerSlice && { devicesPerSlice }) })
}
