import type { Platform } from "../../store/mod.ts"
import type { BulkChange } from "../bulk-change.ts"
import {
  type BulkChangeFinder,
  insertBulkChange,
  type ReceivedBulkChange,
  selectBulkChange,
} from "../change-statements.ts"

/** What a caller says of a bulk change; what is left out is not so. */
export type OpenBulkChangeRequest = Pick<
  ReceivedBulkChange,
  "tenantId" | "serviceProviderId" | "changeType" | "createdBy"
> &
  Partial<ReceivedBulkChange>

/**
 * The bulk change of a request: the one that its name, its session, or the change it takes back has already, or a new
 * one.
 */
export async function openBulkChange(core: Platform, request: OpenBulkChangeRequest): Promise<BulkChange> {
  const row: ReceivedBulkChange = {
    portalType: "M2M",
    optimizationSessionId: null,
    inverseOf: null,
    requestId: null,
    effectiveAt: null,
    notAfter: null,
    canary: null,
    ...request,
  }
  const id = core.runtime.newId()
  const find = () => core.store.read((db) => selectBulkChange(db, row.tenantId, finderOf(row, id)))
  const known = await find()
  if (known) return known
  await core.store.unit(
    { name: "bulk-change.receive" },
    insertBulkChange({ ...row, id, now: core.runtime.clock.now() }),
  )
  return (await find()) as BulkChange
}

function finderOf(row: ReceivedBulkChange, id: string): BulkChangeFinder {
  const { requestId, inverseOf, optimizationSessionId, serviceProviderId } = row
  if (requestId !== null) return { requestId }
  if (inverseOf !== null) return { inverseOf }
  return optimizationSessionId === null ? { id } : { serviceProviderId, optimizationSessionId }
}
