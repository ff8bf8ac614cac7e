import { CoreError } from "../errors/mod.ts"
import type { CarrierCapabilities } from "../ports/mod.ts"
import type { Platform } from "../store/mod.ts"
import type { BulkChange, BulkChangeKey } from "./bulk-change.ts"
import { checkChangeType, checkReversible } from "./change-types.ts"
import { getBulkChange } from "./queries.ts"
import { receiveBulkChange } from "./receive-bulk-change.ts"
import { selectBulkChangeDevices } from "./statements.ts"
import { type PlannedMove, writePlan } from "./write-plan.ts"

/**
 * Plans the bulk change that takes another one back: from and to swapped, for the devices that it changed. It is a plan
 * like any other: a device that moved on since is refused as stale, and nothing happens before its approval. Inverting
 * again gives the same bulk change, unless that was cancelled.
 *
 * @throws {CoreError} `bulk_change.wrong_state` unless the bulk change has ended; `input.invalid` if its type cannot be
 *   taken back; `input.not_found`. Nothing was written.
 */
export async function invertBulkChange(
  core: Platform,
  request: BulkChangeKey & { readonly createdBy: string; readonly capabilities: CarrierCapabilities },
): Promise<BulkChange> {
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
  return inverse.state === "received" ? writePlan(core, inverse, swappedMoves(core, applied)) : inverse
}

const PAGE = 2_000

async function* swappedMoves(core: Platform, applied: BulkChange): AsyncGenerator<readonly PlannedMove[], void> {
  for (let after = -1; ; ) {
    const rows = await core.store.read((db) =>
      selectBulkChangeDevices(db, applied, { after, limit: PAGE, statuses: ["PROCESSED"] }),
    )
    yield rows.map(({ carrierDeviceId, fromRatePlan, toRatePlan, saving }) => ({
      carrierDeviceId,
      fromRatePlan: toRatePlan,
      toRatePlan: fromRatePlan,
      saving: -saving,
    }))
    if (rows.length < PAGE) return
    after = rows.at(-1)?.position ?? after
  }
}
