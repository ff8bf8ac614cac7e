import type { BulkChange, DeviceCounts } from "./bulk-change/mod.ts"
import type { JobRequest } from "./jobs/mod.ts"
import { notify } from "./notifications/mod.ts"

/** What follows a bulk change that has ended, or of which an account stands still: who wants to know is told. */
export function bulkChangeEnded(
  change: BulkChange,
  counts: DeviceCounts,
  linkOf: ((change: BulkChange) => string) | undefined,
): readonly JobRequest[] {
  const { tenantId, id, round, changeType, errorCode, errorText, processedAt } = change
  const hasEnded = change.state === "done" || change.state === "cancelled"
  return [
    notify(tenantId, {
      type: hasEnded ? "bulkChange.completed" : "bulkChange.failed",
      occurredAt: processedAt ?? change.approvedAt ?? change.createdAt,
      bulkChangeId: id,
      round: round + 1,
      changeType,
      counts: { ...counts },
      link: linkOf?.(change) ?? null,
      code: hasEnded ? null : errorCode,
      message: hasEnded ? null : errorText,
    }),
  ]
}
