/** Bulk changes: planned and shown, approved by their hash, processed with an outcome for each device, taken back. */
export { approveBulkChange } from "./approve-bulk-change.ts"
export type {
  BulkChange,
  BulkChangeDevice,
  BulkChangeDeviceStatus,
  BulkChangeKey,
  BulkChangeState,
  BulkChangeSummary,
  PlannedBulkChange,
} from "./bulk-change.ts"
export { cancelBulkChange } from "./cancel-bulk-change.ts"
export type {
  DeviceFileColumn,
  DeviceFileEntry,
  DeviceFileFault,
  DeviceFileFaultCode,
  DeviceFileField,
  DeviceFileHeader,
  DeviceFileRow,
} from "./csv/device-file.ts"
export { type FailedRow, failedRowsCsv } from "./csv/failed-rows.ts"
export { readDeviceFile } from "./csv/read-device-file.ts"
export { type BulkChangeHandlersOptions, bulkChangeHandlers } from "./handlers.ts"
export { invertBulkChange } from "./invert-bulk-change.ts"
export { type PlanRatePlanChangesRequest, planRatePlanChanges } from "./plan-rate-plan-changes.ts"
export {
  eachBulkChangeDevice,
  getBulkChange,
  type ListBulkChangeDevicesRequest,
  listBulkChangeDevices,
  summarizeBulkChange,
} from "./queries.ts"
export type { PlannedMove } from "./write-plan.ts"
