import type { Platform, Statement } from "../store/mod.ts"
import { anyArchived, type DeviceRange, giveDefaultSite, nextDevices, restoreActive } from "./reconcile-statements.ts"

/** The statements of one chunk: what they return are the devices that they changed. */
export interface ReconcileChunk {
  readonly range: DeviceRange
  readonly restore: Statement
  /** Absent where the provider has no default site. */
  readonly site: Statement | undefined
}

/**
 * What every sync brings into order, in chunks: archived devices that show activity are restored, and devices without a
 * site get the provider's default one. Written twice it changes nothing more.
 */
export async function* eachReconcileChunk(
  core: Platform,
  scope: {
    readonly tenantId: string
    readonly serviceProviderId: string
    readonly billingPeriodId: string
    readonly defaultSiteId: string | null
  },
  size = 2_000,
): AsyncGenerator<ReconcileChunk, void> {
  const { tenantId, serviceProviderId, billingPeriodId, defaultSiteId } = scope
  const archived = await core.store.rows(anyArchived(tenantId, serviceProviderId))
  if (defaultSiteId === null && archived.length === 0) return
  for (let after = ""; ; ) {
    const from = { tenantId, serviceProviderId, after }
    const [row] = await core.store.rows<{ last: string | null }>(nextDevices(from, size))
    if (!row?.last) return
    const range = { ...from, last: row.last }
    const now = core.runtime.clock.now()
    yield {
      range,
      restore: restoreActive(range, billingPeriodId, now),
      site: defaultSiteId === null ? undefined : giveDefaultSite(range, defaultSiteId, now),
    }
    after = row.last
  }
}
