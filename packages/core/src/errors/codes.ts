/** Who has to act on a failure: the caller, the other system, the database, or the business rule's owner. */
export type ErrorCategory = "validation" | "integration" | "database" | "business"

interface CodeFacts {
  readonly category: ErrorCategory
  /** Whether the same call can plausibly succeed later, unchanged. */
  readonly retryable: boolean
}

/**
 * Every failure code of core with its category and whether a retry makes sense. Jobs retry or stop by this table, the
 * HTTP adapter takes its status from it, and a code once published keeps its meaning.
 */
export const ERROR_CODES = {
  "input.invalid": { category: "validation", retryable: false },
  "input.not_found": { category: "validation", retryable: false },
  "auth.refused": { category: "validation", retryable: false },
  "auth.forbidden": { category: "validation", retryable: false },
  "secret.unreadable": { category: "validation", retryable: false },
  "store.busy": { category: "database", retryable: true },
  "store.unavailable": { category: "database", retryable: true },
  "store.constraint": { category: "database", retryable: false },
  "store.outdated": { category: "database", retryable: true },
  "store.closed": { category: "database", retryable: false },
  "store.statement": { category: "database", retryable: false },
  "store.corrupt": { category: "database", retryable: false },
  "store.schema_newer": { category: "database", retryable: false },
  "store.schema_changed": { category: "database", retryable: false },
  "audit.broken": { category: "database", retryable: false },
  "job.abandoned": { category: "database", retryable: false },
  "job.lease_lost": { category: "database", retryable: false },
  "job.unknown_type": { category: "validation", retryable: false },
  "job.payload_invalid": { category: "validation", retryable: false },
  "carrier.refused": { category: "integration", retryable: false },
  "carrier.credentials": { category: "integration", retryable: false },
  "carrier.unavailable": { category: "integration", retryable: true },
  "carrier.unexpected_answer": { category: "integration", retryable: true },
  "sync.already_running": { category: "business", retryable: false },
  "sync.not_certified": { category: "integration", retryable: false },
  "sync.page_failures": { category: "integration", retryable: false },
  "sync.rows_left": { category: "business", retryable: false },
  "sync.run_ended": { category: "business", retryable: false },
  "sync.wrong_state": { category: "business", retryable: false },
  "inventory.changed": { category: "business", retryable: true },
  "optimization.cancelled": { category: "business", retryable: false },
  "optimization.wrong_state": { category: "business", retryable: false },
  "optimization.already_running": { category: "business", retryable: false },
  "optimization.nothing_to_optimize": { category: "business", retryable: false },
  "optimization.not_verified": { category: "database", retryable: false },
  "optimization.infeasible": { category: "business", retryable: false },
  "notification.unavailable": { category: "integration", retryable: true },
  "notification.refused": { category: "integration", retryable: false },
  "bulk_change.plan_changed": { category: "business", retryable: false },
  "bulk_change.wrong_state": { category: "business", retryable: false },
} as const satisfies Record<string, CodeFacts>

/** A stable failure code of core. */
export type ErrorCode = keyof typeof ERROR_CODES
