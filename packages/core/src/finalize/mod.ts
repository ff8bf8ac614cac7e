/** After a sync: waiting, reconciling, communication plans, summary, and the trigger of the optimization. */
export { type FailedRun, type FinalizeHandlersOptions, finalizeHandlers, syncFailedJob } from "./handlers.ts"
export type { FinalizeOptions } from "./finalize-sync.ts"
export { getSyncSummary } from "./get-sync-summary.ts"
export type { IntegrationRules } from "./integration.ts"
export { type FailurePayload, FINALIZE_SYNC, type FinalizePayload } from "./job-types.ts"
export { awaitRows, completeRows } from "./rows-to-process.ts"
export { DEFAULT_FINALIZE_SETTINGS, type FinalizeSettings } from "./settings.ts"
export type { SyncSummary } from "./sync-summary.ts"
