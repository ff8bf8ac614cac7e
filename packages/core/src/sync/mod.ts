/** From the carrier through staging into the inventory: complete, certified, resumable. */
export { type SyncHandlersOptions, syncHandlers } from "./handlers.ts"
export { findLatestSyncRun, getSyncRun, type StartSyncRunRequest, startSyncRun } from "./start-sync-run.ts"
export { cancelSyncRun, confirmMissing, type SyncRunReference } from "./steer-sync-run.ts"
export { DEFAULT_SYNC_SETTINGS, type SyncSettings } from "./sync-settings.ts"
export { type Lookback, monthBefore, type SyncMode, type SyncPhase, type SyncRun, type SyncStatus } from "./sync-run.ts"
