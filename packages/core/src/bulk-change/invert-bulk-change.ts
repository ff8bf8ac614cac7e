import { CoreError } from "../errors/mod.ts"
import type { CustomerSystem } from "../ports/mod.ts"
import type { Platform } from "../store/mod.ts"
import type { BulkChange, BulkChangeKey, PlannedBulkChange } from "./bulk-change.ts"
import { idAfterChange } from "./process/device-id.ts"
import { openBulkChange } from "./receive/open-bulk-change.ts"
import { inversePlanner, type MadeChange } from "./plan/inverse.ts"
import type { WishedDevice } from "./plan/planner.ts"
import { eachBulkChangeDevice, getBulkChange } from "./queries.ts"
import type { BulkChangeCore } from "./receive/receive-bulk-change.ts"
import { byCarrierId, type FindDevices } from "./plan/resolve-devices.ts"
import { completePlan } from "./plan/write-plan.ts"

/**
 * Plans the bulk change that takes another one back: from and to swapped, for the devices that it changed. It is a plan
 * like any other: a device that moved on since is refused as stale, one whose change nothing takes back as not reversible,
 * one whose own account cannot do it as unsupported, and nothing happens before its approval. Inverting again gives the same bulk change, unless that was cancelled.
 *
 * @throws {CoreError} `bulk_change.wrong_state` unless the bulk change has ended, or if the inverse was
 *   cancelled meanwhile; `input.not_found`. Nothing was written.
 */
export async function invertBulkChange(
  core: BulkChangeCore,
  request: BulkChangeKey & { readonly createdBy: string; readonly customerSystem?: CustomerSystem },
): Promise<PlannedBulkChange> {
  const { tenantId, createdBy, customerSystem } = request
  const applied = await getBulkChange(core, tenantId, request.id)
  if (applied.state !== "done" && applied.state !== "cancelled") {
    throw new CoreError(
      "bulk_change.wrong_state",
      `Cannot invert a bulk change that is ${applied.state}: it must end first`,
    )
  }
  const { serviceProviderId, changeType, portalType } = applied
  const inverse = await openBulkChange(core, {
    tenantId,
    serviceProviderId,
    changeType,
    createdBy,
    portalType,
    inverseOf: applied.id,
  })
  return completePlan(core, inverse, {
    devices: madeChanges(core, applied),
    planner: inversePlanner(changeType),
    find: byOwnProvider(core, tenantId),
    capabilitiesOf: async (id) => (await core.carrierFor(tenantId, id)).capabilities,
    customerSystem,
  })
}

async function* madeChanges(
  core: Platform,
  applied: BulkChange,
): AsyncGenerator<readonly WishedDevice<MadeChange>[], void> {
  for await (const rows of eachBulkChangeDevice(core, { ...applied, statuses: ["PROCESSED"] })) {
    yield rows.map((row) => ({
      identifier: idAfterChange(row),
      serviceProviderId: row.serviceProviderId,
      wish: row,
    }))
  }
}

/** Finds devices of several accounts, each by what its own carrier calls it. */
function byOwnProvider(core: Platform, tenantId: string): FindDevices {
  return async (wished) => {
    const found = new Map<string, Awaited<ReturnType<FindDevices>>[number]>()
    const keyOf = (one: { readonly identifier: string; readonly serviceProviderId?: string }) =>
      JSON.stringify([one.serviceProviderId, one.identifier])
    for (const serviceProviderId of new Set(wished.map((one) => one.serviceProviderId ?? ""))) {
      const own = wished.filter((one) => (one.serviceProviderId ?? "") === serviceProviderId)
      const rows = await byCarrierId(core, { tenantId, serviceProviderId })(own)
      for (const [index, row] of rows.entries()) found.set(keyOf(own[index] as (typeof own)[number]), row)
    }
    return wished.map((one) => found.get(keyOf(one)) as Awaited<ReturnType<FindDevices>>[number])
  }
}
