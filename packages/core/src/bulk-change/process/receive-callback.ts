import { enqueueJobs } from "../../jobs/mod.ts"
import type { Platform } from "../../store/mod.ts"
import type { BulkChangeLane } from "../bulk-change.ts"
import { selectLanes } from "../change-statements.ts"
import { intentByRequest, lookNow } from "./look-statements.ts"
import { processRequest } from "./process-job.ts"

/**
 * Takes the news that a carrier is through with a request. It is a hint to look and no more: what the carrier shows
 * decides, so a late, repeated or forged callback changes nothing. A poll finds out by itself where no callback comes.
 *
 * @returns Whether a change waits for this request.
 */
export async function receiveCarrierCallback(
  core: Platform,
  request: { readonly tenantId: string; readonly serviceProviderId: string; readonly requestId: string },
): Promise<boolean> {
  const { tenantId, serviceProviderId, requestId } = request
  const intents = await core.store.rows<{ bulkChangeId: string; position: number; id: string }>(
    intentByRequest(tenantId, serviceProviderId, requestId),
  )
  const now = core.runtime.clock.now()
  for (const intent of intents) {
    const key = { tenantId, id: intent.bulkChangeId }
    const lanes = await core.store.rows<BulkChangeLane>(selectLanes(key))
    const own = lanes.filter((lane) => lane.serviceProviderId === serviceProviderId)
    await core.store.unit({ name: "bulk-change.callback" }, [
      lookNow(key, intent, now),
      ...enqueueJobs(
        core.runtime,
        own.map((lane) => processRequest(key, lane, now, `callback-${intent.id}`)),
      ),
    ])
  }
  return intents.length > 0
}
