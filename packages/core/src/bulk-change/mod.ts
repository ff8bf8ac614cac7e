/** Bulk changes: planned and shown, approved by their hash, processed with an outcome for each device, taken back. */
export { approveBulkChange } from "./approve-bulk-change.ts"
export type {
  BulkChange,
  BulkChangeGuards,
  BulkChangeKey,
  BulkChangeState,
  Canary,
  PlannedBulkChange,
} from "./bulk-change.ts"
export type {
  BulkChangeDevice,
  BulkChangeDeviceStatus,
  BulkChangeSummary,
  ChangeStep,
  StepVia,
} from "./bulk-change-device.ts"
export { cancelBulkChange } from "./cancel-bulk-change.ts"
export { type ChangeTypeIds, DEFAULT_CHANGE_TYPE_IDS } from "./receive/change-type-ids.ts"
export type {
  DeviceFileColumn,
  DeviceFileEntry,
  DeviceFileFault,
  DeviceFileFaultCode,
  DeviceFileField,
  DeviceFileHeader,
  DeviceFileRow,
} from "./csv/device-file.ts"
export { failedDevicesCsv } from "./csv/failed-devices-csv.ts"
export { readDeviceFile } from "./csv/read-device-file.ts"
export { receiveDeviceFile, type ReceiveDeviceFileRequest } from "./csv/receive-device-file.ts"
export type { DeviceValues } from "./device-values.ts"
export {
  type DocumentedBulkChange,
  type DocumentedBulkChangeDetail,
  documentedBulkChange,
  documentedDetail,
} from "./documented-names.ts"
export { type BulkChangeHandlersOptions, bulkChangeHandlers } from "./process/handlers.ts"
export { invertBulkChange } from "./invert-bulk-change.ts"
export { receiveBulkChangeJson, type ReceiveBulkChangeJsonRequest } from "./json/receive-json.ts"
export { type BulkChangeLifeStatus, lifeStatusOf } from "./life-status.ts"
export {
  type BulkChangeLogEntry,
  type BulkChangeLogVerdict,
  eachLogEntry,
  type RebuiltBulkChange,
  rebuildFromLog,
  verifyBulkChangeLog,
} from "./log/log.ts"
export type { LogEvent } from "./log/log-entry.ts"
export {
  type PlannedMove,
  type PlanRatePlanChangesRequest,
  planRatePlanChanges,
} from "./plan/plan-rate-plan-changes.ts"
export {
  type DeviceCounts,
  eachBulkChangeDevice,
  findBulkChangeOfSession,
  getBulkChange,
  type ListBulkChangeDevicesRequest,
  listBulkChangeDevices,
  summarizeBulkChange,
} from "./queries.ts"
export { type BulkChangeCore, receiveBulkChange, type ReceiveBulkChangeRequest } from "./receive/receive-bulk-change.ts"
export { findRecentRatePlanChanges, measureChangePace } from "./process/pace.ts"
export { receiveCarrierCallback } from "./process/receive-callback.ts"
export { bulkChangeRetentionSchedule } from "./retention/retention-jobs.ts"
export {
  type BulkChangeRetention,
  getBulkChangeRetention,
  setBulkChangeRetention,
} from "./retention/retention-settings.ts"
export {
  type BulkChangeRetentionResult,
  deleteBulkChange,
  removeLogEntries,
  resignLogCheckpoints,
  restoreBulkChange,
  retainBulkChanges,
} from "./retention/retain-bulk-changes.ts"
export { recheckUnknown, retryBulkChange } from "./retry-bulk-change.ts"
export { bulkChangeMessageHandler, bulkChangeMessages } from "./receive/messages.ts"
