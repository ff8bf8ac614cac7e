import type { CarrierCapabilities } from "../ports/mod.ts"
import type { Platform } from "../store/mod.ts"
import type { PlannedBulkChange } from "./bulk-change.ts"
import { checkChangeType } from "./change-types.ts"
import { receiveBulkChange } from "./receive-bulk-change.ts"
import { completePlan, type PlannedMove } from "./write-plan.ts"

export interface PlanRatePlanChangesRequest {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly createdBy: string
  /** The session that asks for the moves: planning for it again gives the same bulk change. */
  readonly optimizationSessionId?: string
  /** In the order of processing. Read once, page by page, and not at all where the plan is complete already. */
  readonly moves: AsyncIterable<readonly PlannedMove[]>
  /** Of the account's carrier: what it cannot do is refused here. */
  readonly capabilities: CarrierCapabilities
}

/**
 * Plans rate plan changes: stores what would happen to each device, and touches none. The plan's hash is what
 * {@link approveBulkChange} takes. A device that the inventory does not know, that is gone, or that is on another plan
 * is refused in its row; the others go on.
 *
 * An interrupted call leaves a bulk change in `received`; the next one for the same session writes its plan anew.
 *
 * @throws {CoreError} `input.invalid` if the carrier cannot change rate plans (nothing was written), or if a saving is
 *   not in whole micro-units; `bulk_change.wrong_state` if it was cancelled meanwhile.
 */
export async function planRatePlanChanges(
  core: Platform,
  request: PlanRatePlanChangesRequest,
): Promise<PlannedBulkChange> {
  const { tenantId, serviceProviderId, createdBy } = request
  const changeType = "CarrierRatePlanChange"
  checkChangeType(changeType, request.capabilities)
  const optimizationSessionId = request.optimizationSessionId ?? null
  const change = await receiveBulkChange(core, {
    tenantId,
    serviceProviderId,
    changeType,
    createdBy,
    optimizationSessionId,
    inverseOf: null,
  })
  return completePlan(core, change, request.moves)
}
