import type { Platform } from "../store/mod.ts"
import type { BulkChange } from "./bulk-change.ts"
import { insertBulkChange, selectBulkChange } from "./statements.ts"

/** The bulk change of a request: the one that its session, or the change it takes back, has already, or a new one. */
export async function receiveBulkChange(
  core: Platform,
  request: Pick<
    BulkChange,
    "tenantId" | "serviceProviderId" | "changeType" | "createdBy" | "optimizationSessionId" | "inverseOf"
  >,
): Promise<BulkChange> {
  const { tenantId, serviceProviderId, optimizationSessionId, inverseOf } = request
  const id = core.runtime.newId()
  const by =
    inverseOf !== null
      ? { inverseOf }
      : optimizationSessionId !== null
        ? { serviceProviderId, optimizationSessionId }
        : { id }
  const find = () => core.store.read((db) => selectBulkChange(db, tenantId, by))
  const known = await find()
  if (known) return known
  await core.store.unit({ name: "bulk-change.receive" }, [
    insertBulkChange({ ...request, id, now: core.runtime.clock.now() }),
  ])
  return (await find()) as BulkChange
}
