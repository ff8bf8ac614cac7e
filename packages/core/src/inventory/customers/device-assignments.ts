import { CoreError } from "../../errors/mod.ts"
import type { Platform, Statement } from "../../store/mod.ts"
import type { DeviceAssignment, DeviceAssignmentChange } from "./device-assignment.ts"
import {
  selectAssignmentsOf,
  selectDeviceAssignments,
  selectExistingIds,
  selectSites,
  upsertDeviceAssignments,
} from "./statements.ts"

/** Customer, site, customer rate plan and pool that a change names. */
export type AssignmentReferences = Pick<
  DeviceAssignmentChange,
  "customerId" | "siteId" | "customerRatePlanId" | "customerRatePoolId"
>

const REFERENCES = {
  customerId: { table: "customer", noun: "customer" },
  siteId: { table: "site", noun: "site" },
  customerRatePlanId: { table: "customerRatePlan", noun: "customer rate plan" },
  customerRatePoolId: { table: "customerRatePool", noun: "customer rate pool" },
} as const

/**
 * Checks that the tenant has what a change names, and that a site belongs to the customer it is given with.
 *
 * @throws {CoreError} `input.not_found`, or `input.invalid` for a site of another customer, with the field's name.
 */
export async function checkAssignmentReferences(
  core: Platform,
  tenantId: string,
  references: AssignmentReferences,
): Promise<void> {
  for (const [field, { table, noun }] of Object.entries(REFERENCES)) {
    const id = references[field as keyof AssignmentReferences]
    if (id == null) continue
    const found = await core.store.read((db) => selectExistingIds(db, table, tenantId, [id]))
    if (found.length === 0) throw new CoreError("input.not_found", `Cannot find the ${noun}`, { field })
  }
  const { customerId, siteId } = references
  if (customerId == null || siteId == null) return
  const [site] = await core.store.read((db) => selectSites(db, { tenantId, id: siteId, after: "", limit: 1 }))
  if (site?.customerId !== customerId) {
    throw new CoreError("input.invalid", "Cannot assign: the site belongs to another customer", { field: "siteId" })
  }
}

/** The statement that applies changes of one provider's devices. Idempotent: a change says values, not differences. */
export function changeDeviceAssignments(
  scope: { readonly tenantId: string; readonly serviceProviderId: string },
  changes: readonly DeviceAssignmentChange[],
  now: number,
): Statement {
  return upsertDeviceAssignments(scope, changes, now)
}

/** Assignments of one provider's devices, in no particular order; devices nobody assigned anything are left out. */
export function findDeviceAssignments(
  core: Platform,
  request: {
    readonly tenantId: string
    readonly serviceProviderId: string
    readonly carrierDeviceIds: readonly string[]
  },
): Promise<readonly DeviceAssignment[]> {
  return core.store.rows<DeviceAssignment>(selectDeviceAssignments(request))
}

/** All assignments of a customer, or of a pool (which other customers may share), in pages of at most `limit`. */
export async function* eachDeviceAssignment(
  core: Platform,
  request: {
    readonly tenantId: string
    readonly by: "customerId" | "customerRatePoolId"
    readonly id: string
    readonly limit?: number
  },
): AsyncGenerator<readonly DeviceAssignment[], void> {
  const limit = request.limit ?? 2_000
  let after = { serviceProviderId: "", carrierDeviceId: "" }
  for (;;) {
    const rows = await core.store.rows<DeviceAssignment>(selectAssignmentsOf({ ...request, after, limit }))
    if (rows.length > 0) yield rows
    if (rows.length < limit) return
    after = rows.at(-1) ?? after
    await core.runtime.clock.yield()
  }
}
