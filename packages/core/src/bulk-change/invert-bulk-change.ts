import { CoreError } from "../errors/mod.ts"
import type { CarrierCapabilities } from "../ports/mod.ts"
import type { Platform } from "../store/mod.ts"
import type { BulkChange, BulkChangeKey, PlannedBulkChange } from "./bulk-change.ts"
import { checkChangeType, checkReversible } from "./change-types.ts"
import { eachBulkChangeDevice, getBulkChange } from "./queries.ts"
import { receiveBulkChange } from "./receive-bulk-change.ts"
import { completePlan, type PlannedMove } from "./write-plan.ts"

/**
 * Plans the bulk change that takes another one back: from and to swapped, for the devices that it changed. It is a plan
 * like any other: a device that moved on since is refused as stale, and nothing happens before its approval. Inverting
 * again gives the same bulk change, unless that was cancelled.
 *
 * @throws {CoreError} `bulk_change.wrong_state` unless the bulk change has ended, or if the inverse was
 *   cancelled meanwhile; `input.invalid` if its type cannot be
 *   taken back; `input.not_found`. Nothing was written.
 */
export async function invertBulkChange(
  core: Platform,
  request: BulkChangeKey & { readonly createdBy: string; readonly capabilities: CarrierCapabilities },
): Promise<PlannedBulkChange> {
  const { tenantId, createdBy } = request
  const applied = await getBulkChange(core, tenantId, request.id)
  checkReversible(applied.changeType)
  checkChangeType(applied.changeType, request.capabilities)
  if (applied.state !== "done" && applied.state !== "cancelled") {
    throw new CoreError(
      "bulk_change.wrong_state",
      `Cannot invert a bulk change that is ${applied.state}: it must end first`,
    )
  }
  const { serviceProviderId, changeType } = applied
  const inverse = await receiveBulkChange(core, {
    tenantId,
    serviceProviderId,
    changeType,
    createdBy,
    optimizationSessionId: null,
    inverseOf: applied.id,
  })
  return completePlan(core, inverse, swappedMoves(core, applied))
}

async function* swappedMoves(core: Platform, applied: BulkChange): AsyncGenerator<readonly PlannedMove[], void> {
  for await (const rows of eachBulkChangeDevice(core, { ...applied, statuses: ["PROCESSED"] })) {
    yield rows.map(({ carrierDeviceId, fromRatePlan, toRatePlan, saving }) => ({
      carrierDeviceId,
      fromRatePlan: toRatePlan,
      toRatePlan: fromRatePlan,
      saving: -saving,
    }))
  }
}
