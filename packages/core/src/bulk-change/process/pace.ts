import type { Platform } from "../../store/mod.ts"
import { recentRatePlanChanges, sendTimes } from "./pace-statements.ts"

interface Account {
  readonly tenantId: string
  readonly serviceProviderId: string
}

// Fewer changes say little about an account's pace.
const LEAST_CHANGES = 20

/**
 * How many changes a second an account is good for: as the newest bulk change with enough of them went, looks and pauses
 * included. `undefined` before there was one.
 */
export async function measureChangePace(core: Platform, account: Account): Promise<number | undefined> {
  const [newest] = await core.store.rows<{ count: number; first: number; last: number }>(
    sendTimes(account, LEAST_CHANGES),
  )
  if (!newest || newest.last === newest.first) return undefined
  return ((newest.count - 1) * 1_000) / (newest.last - newest.first)
}

/**
 * When the rate plans of an account's devices were changed since an instant, by carrier identifier: the changes that went
 * through here and may have been made.
 */
export async function findRecentRatePlanChanges(
  core: Platform,
  request: Account & { readonly since: number },
): Promise<ReadonlyMap<string, readonly number[]>> {
  const rows = await core.store.rows<{ carrierDeviceId: string; sentAt: number }>(recentRatePlanChanges(request))
  const found = new Map<string, number[]>()
  for (const { carrierDeviceId, sentAt } of rows) {
    const instants = found.get(carrierDeviceId)
    if (instants) instants.push(sentAt)
    else found.set(carrierDeviceId, [sentAt])
  }
  return found
}
