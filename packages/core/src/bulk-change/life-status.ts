import type { BulkChange } from "./bulk-change.ts"
import type { BulkChangeSummary } from "./bulk-change-device.ts"

/** What the documents call the state of a whole bulk change. */
export type BulkChangeLifeStatus = "NEW" | "PROCESSING" | "PROCESSED" | "ERROR"

/**
 * A bulk change's state in the documents' four words. `ERROR` is one of which an account stands still, or that ended with
 * failures and not one device done; single failures are told by the rows, and by the counts.
 */
export function lifeStatusOf(
  change: Pick<BulkChange, "state" | "errorCode" | "deviceCount" | "refusedCount">,
  counts: Pick<BulkChangeSummary, "processed" | "failed">,
): BulkChangeLifeStatus {
  if (change.errorCode !== null) return "ERROR"
  const isRefused = change.deviceCount > 0 && change.refusedCount === change.deviceCount
  switch (change.state) {
    case "received":
    case "planned":
    case "approved":
      return isRefused ? "ERROR" : "NEW"
    case "processing":
    case "cancelling":
      return "PROCESSING"
    case "done":
    case "cancelled":
      return counts.processed === 0 && counts.failed > 0 ? "ERROR" : "PROCESSED"
  }
}
