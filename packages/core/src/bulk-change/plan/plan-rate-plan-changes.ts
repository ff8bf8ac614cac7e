import { CoreError } from "../../errors/mod.ts"
import type { CarrierCapabilities } from "../../ports/mod.ts"
import type { Platform } from "../../store/mod.ts"
import type { BulkChangeGuards, PlannedBulkChange } from "../bulk-change.ts"
import { openBulkChange } from "../receive/open-bulk-change.ts"
import { MOVES_PLANNER, type WishedMove } from "./moves.ts"
import type { WishedDevice } from "./planner.ts"
import { byCarrierId } from "./resolve-devices.ts"
import { completePlan } from "./write-plan.ts"

/** A device to move from one rate plan to another. */
export interface PlannedMove extends WishedMove {
  readonly carrierDeviceId: string
}

export interface PlanRatePlanChangesRequest {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly createdBy: string
  /** The session that asks for the moves: planning for it again gives the same bulk change. */
  readonly optimizationSessionId?: string
  /** In the order of processing. Read once, page by page, and not at all where the plan is complete already. */
  readonly moves: AsyncIterable<readonly PlannedMove[]>
  /** What holds it back while it runs; part of what is approved. @default nothing */
  readonly guards?: Partial<BulkChangeGuards>
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
 *   not in whole micro-units or a guard is none; `bulk_change.wrong_state` if it was cancelled meanwhile.
 */
export async function planRatePlanChanges(
  core: Platform,
  request: PlanRatePlanChangesRequest,
): Promise<PlannedBulkChange> {
  const { tenantId, serviceProviderId, createdBy, optimizationSessionId, capabilities, guards = {} } = request
  const { changeType } = MOVES_PLANNER
  if (!capabilities.changeTypes.value.includes(changeType)) {
    throw new CoreError(
      "input.invalid",
      `Cannot plan ${changeType}: ${capabilities.integrationType} accounts cannot do it`,
      { field: "changeType" },
    )
  }
  const change = await openBulkChange(core, {
    tenantId,
    serviceProviderId,
    changeType,
    createdBy,
    ...(optimizationSessionId !== undefined && { optimizationSessionId }),
    ...checkGuards(guards),
  })
  return completePlan(core, change, {
    devices: wishesOf(request.moves),
    planner: MOVES_PLANNER,
    find: byCarrierId(core, { tenantId, serviceProviderId }),
    capabilitiesOf: async () => capabilities,
  })
}

function checkGuards(guards: Partial<BulkChangeGuards>): Partial<BulkChangeGuards> {
  const { canary, notAfter } = guards
  const refuse = (field: string, rule: string) => {
    throw new CoreError("input.invalid", `Cannot plan: ${field} must be ${rule}`, { field })
  }
  if (canary && (!Number.isSafeInteger(canary.size) || canary.size < 1)) refuse("canary.size", "1 or more devices")
  if (canary && !(canary.mostUnverified >= 0 && canary.mostUnverified <= 1)) {
    refuse("canary.mostUnverified", "a share from 0 to 1")
  }
  if (notAfter != null && !Number.isSafeInteger(notAfter)) refuse("notAfter", "an instant in milliseconds")
  return guards
}

async function* wishesOf(
  pages: AsyncIterable<readonly PlannedMove[]>,
): AsyncGenerator<readonly WishedDevice<WishedMove>[], void> {
  for await (const page of pages) yield page.map((move) => ({ identifier: move.carrierDeviceId, wish: move }))
}
