import { CoreError } from "../../errors/mod.ts"
import type { Carrier, ChangeType, CustomerSystem } from "../../ports/mod.ts"
import { getServiceProvider } from "../../providers/mod.ts"
import type { Platform } from "../../store/mod.ts"
import type { Role } from "../../tenancy/mod.ts"
import { approveBulkChange } from "../approve-bulk-change.ts"
import type { BulkChange } from "../bulk-change.ts"
import { changeTypeOf, type ChangeTypeIds, DEFAULT_CHANGE_TYPE_IDS } from "./change-type-ids.ts"
import { openBulkChange } from "./open-bulk-change.ts"
import type { WishedDevice } from "../plan/planner.ts"
import {
  devicesOf,
  effectiveAtOf,
  type GivenDevices,
  identifierOf,
  type ParsedRequest,
  parseRequest,
} from "./request.ts"
import { byIdentifier } from "../plan/resolve-devices.ts"
import { wishesOf } from "./wishes.ts"
import { completePlan, type PlanSource } from "../plan/write-plan.ts"

/** What receiving needs besides the database. */
export interface BulkChangeCore extends Platform {
  carrierFor(tenantId: string, serviceProviderId: string): Promise<Carrier>
}

export interface ReceiveBulkChangeRequest {
  readonly tenantId: string
  /** Who asks, for the log. */
  readonly createdBy: string
  readonly role: Role
  /**
   * The request as the documents print it. Its `devices` may also be an iterable or an async one: they are read once, some
   * thousands at a time, so that a million of them need no more memory than a few.
   */
  readonly request: unknown
  /** What the asking side calls it: asked again by the same name, it is the same bulk change. */
  readonly requestId?: string
  /** Whether an automated status update asks: a deactivation then keeps the rate plan. */
  readonly isAutomated?: boolean
  /** @default DEFAULT_CHANGE_TYPE_IDS */
  readonly changeTypeIds?: ChangeTypeIds
  /** Roles that may approve what they ask for. @default owner and operator */
  readonly approvers?: readonly Role[]
  readonly customerSystem?: CustomerSystem | undefined
}

/**
 * Takes a bulk change as the documents ask for it: resolves its devices, plans, and, where `processChanges` is true and the
 * role may approve, approves that very plan and puts it in line. Otherwise the plan waits for its approval.
 *
 * A device that is not found, fits several, or cannot be changed is refused in its row; the others go on.
 *
 * @throws {CoreError} `input.invalid` with the field for a request that cannot be read, or a viewer's; `input.not_found`
 *   for an unknown service provider. Nothing was written.
 * @example
 * ```ts
 * import { DEFAULT_CHANGE_TYPE_IDS } from "@altaworx/core/bulk-change"
 *
 * // What `request` looks like:
 * const request = {
 *   serviceProviderId: "p1",
 *   changeType: 4,
 *   processChanges: false,
 *   devices: ["8900000000000000017"],
 *   customerRatePlanUpdate: { customerRatePlanId: "basic", customerDataAllocationMB: 5, customerPoolId: null, effectiveDate: null },
 * }
 * console.log(DEFAULT_CHANGE_TYPE_IDS[request.changeType]) // "CustomerAssignment"
 * ```
 */
export async function receiveBulkChange(core: BulkChangeCore, asked: ReceiveBulkChangeRequest): Promise<BulkChange> {
  const request = parseRequest(asked.request)
  const given = devicesOf(asked.request)
  return receiveParsed(core, asked, request, (changeType, scope) => {
    const count = Array.isArray(given) ? given.length : undefined
    const { planner, wishes, effectiveDate } = wishesOf(changeType, request, asked.isAutomated ?? false, count)
    return {
      planner,
      effectiveDate: effectiveDate ?? null,
      devices: () => wishedDevices(core, given, wishes),
      find: byIdentifier(core, scope, planner.makesDevices ?? false),
    }
  })
}

/** What a bulk change is made of, once its type and accounts are known. */
export interface ReceivedDevices extends Pick<PlanSource<unknown>, "planner" | "find"> {
  readonly effectiveDate: string | null
  /** Read once the bulk change is there. */
  readonly devices: (change: BulkChange) => PlanSource<unknown>["devices"]
}

/** The part of receiving that does not depend on where the devices come from. */
export async function receiveParsed(
  core: BulkChangeCore,
  asked: Omit<ReceiveBulkChangeRequest, "request">,
  request: ParsedRequest,
  receivedOf: (
    changeType: ChangeType,
    scope: { readonly tenantId: string; readonly serviceProviderIds: readonly string[] },
  ) => ReceivedDevices,
): Promise<BulkChange> {
  const { tenantId, createdBy, role, customerSystem, requestId } = asked
  refuseViewer(role)
  const ids = asked.changeTypeIds ?? DEFAULT_CHANGE_TYPE_IDS
  const changeType = changeTypeOf(request.changetype, ids, request.customerrateplanupdate != null)
  if (!changeType) throw refused("changeType", `there is no change type "${request.changetype}"`)
  const serviceProviderIds = [...new Set([request.serviceproviderid, ...(request.serviceproviderids ?? [])])]
  const providers = await Promise.all(serviceProviderIds.map((id) => getServiceProvider(core, tenantId, id)))
  const { planner, find, devices, effectiveDate } = receivedOf(changeType, { tenantId, serviceProviderIds })
  const change = await openBulkChange(core, {
    tenantId,
    serviceProviderId: request.serviceproviderid,
    changeType,
    createdBy,
    portalType: request.portaltype ?? "M2M",
    requestId: requestId ?? null,
    effectiveAt: effectiveAtOf(effectiveDate ?? request.effectivedate, providers[0]?.timeZone ?? "UTC"),
  })
  const planned = await completePlan(core, change, {
    devices: devices(change),
    planner,
    find,
    capabilitiesOf: async (serviceProviderId) => (await core.carrierFor(tenantId, serviceProviderId)).capabilities,
    customerSystem,
  })
  const mayApprove = (asked.approvers ?? ["owner", "operator"]).includes(role)
  if (!request.processchanges || !mayApprove || planned.state !== "planned") return planned
  return approveBulkChange(core, { tenantId, id: planned.id, planHash: planned.planHash, approvedBy: createdBy })
}

/** @throws {CoreError} `input.invalid`, field `role`. */
export function refuseViewer(role: Role): void {
  if (role === "viewer") throw refused("role", "a viewer may not change devices")
}

function refused(field: string, reason: string): CoreError {
  return new CoreError("input.invalid", `Cannot take the bulk change: ${reason}`, { field })
}

// Devices that are taken over at once.
const PAGE = 2_000

async function* wishedDevices(
  core: Platform,
  given: GivenDevices,
  wishes: (index: number) => unknown,
): AsyncGenerator<readonly WishedDevice<unknown>[], void> {
  let page: WishedDevice<unknown>[] = []
  let index = 0
  for await (const one of given) {
    page.push({ identifier: identifierOf(one), wish: wishes(index++) })
    if (page.length < PAGE) continue
    yield page
    page = []
    await core.runtime.clock.yield()
  }
  if (page.length > 0) yield page
}
