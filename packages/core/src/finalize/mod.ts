/** After a sync: communication plans, summary, and the trigger of the optimization. */
export { FINALIZE_SYNC, type FinalizeHandlersOptions, type FinalizePayload, finalizeHandlers } from "./handlers.ts"
export { getSyncSummary } from "./get-sync-summary.ts"
export type { SyncSummary } from "./sync-summary.ts"
