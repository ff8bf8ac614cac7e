/** Telling others: events written with the change they are about, and deliverers that each take them on in their own time. */
export { type Deliverer, type DelivererState, type Delivery, listDeliverers, type Receivers } from "./deliverer.ts"
export {
  type BulkChangeEndedEvent,
  CHANGED_DEVICES_AT_ONCE,
  type ChangedDevice,
  type CommunicationPlansAddedEvent,
  type DeviceChangedEvent,
  type NotificationEvent,
  type NotificationType,
  type OptimizationAlreadyRunningEvent,
  type OptimizationCompletedEvent,
  type OptimizationPlanLimitEvent,
  type OptimizationProgressEvent,
  type OptimizationShortfallEvent,
  type ProviderFacts,
  type SessionFacts,
  type SyncFailedEvent,
  type SyncSummaryEvent,
} from "./event.ts"
export { notificationHandlers } from "./handlers.ts"
export { notify } from "./notify.ts"
