import { type BulkChange, type BulkChangeDevice, eachBulkChangeDevice } from "./bulk-change/mod.ts"
import type { JobRequest } from "./jobs/mod.ts"
import { type ChangesPort, type MoveFate, reconcileJob } from "./optimization/mod.ts"

/** What follows a bulk change that has ended: the session that asked for it is reconciled. */
export function reconcileJobs(change: BulkChange): readonly JobRequest[] {
  const { tenantId, id, state, optimizationSessionId, processedAt } = change
  const hasEnded = state === "done" || state === "cancelled"
  if (!hasEnded || optimizationSessionId === null) return []
  const job = reconcileJob(tenantId, { sessionId: optimizationSessionId, bulkChangeId: id })
  // One for each ending: what is tried or looked for again ends once more, in a later round or in the same one.
  return [{ ...job, id: `${id}.reconcile.${processedAt}` }]
}

/** How the rows of a bulk change ended, in the words of the optimization. */
export const changesOfSessions: ChangesPort = {
  async *fatesOf(core, { tenantId, bulkChangeId }) {
    for await (const page of eachBulkChangeDevice(core, { tenantId, id: bulkChangeId })) {
      yield page.map((device) => ({ carrierDeviceId: device.identifier, fate: fateOf(device) }))
    }
  },
}

function fateOf({ status, code }: BulkChangeDevice): MoveFate {
  switch (status) {
    case "PROCESSED":
      return "applied"
    case "API_FAILED":
      // What the carrier took and never did; anything else it said no to.
      return code === "not_applied" ? "failed" : "refused"
    case "ERROR":
      if (code === "stale") return "stale"
      return code === "canary_failed" || code === "too_late" ? "heldBack" : "refused"
    case "UNKNOWN":
      return "unknown"
    case "CANCELLED":
      return "cancelled"
    case "NEW":
    case "PENDING":
    case "PROCESSING":
      return "open"
  }
}
