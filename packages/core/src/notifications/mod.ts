/** Telling others: events written with the change they are about, and deliverers that each take them on in their own time. */
export { amopDeliverer, type AmopSettings } from "./amop/amop-deliverer.ts"
export {
  type Deliverer,
  type DelivererState,
  type Delivery,
  listDeliverers,
  type NotificationPlatform,
  type Receivers,
} from "./deliverer.ts"
export { emailDeliverer, type EmailOptions, type EmailSettings } from "./email/email-deliverer.ts"
export type { Mail, MailAttachment, MailContent, Mailer } from "./email/mail.ts"
export { resendMailer, type ResendOptions } from "./email/resend-mailer.ts"
export {
  type BulkChangeEndedEvent,
  CHANGED_DEVICES_AT_ONCE,
  type ChangedDevice,
  type CommunicationPlansAddedEvent,
  type DeviceChangedEvent,
  type NotificationEvent,
  NOTIFICATION_TYPES,
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
export type { NotificationHandlersOptions } from "./handlers-options.ts"
export { notify } from "./notify.ts"
export { objectStorageDeliverer, type ObjectStorageOptions } from "./object-storage/object-storage-deliverer.ts"
export type { ObjectStorageSettings } from "./object-storage/put-object.ts"
export { resealNotificationSecrets } from "./reseal.ts"
export type { ReportFile, ReportFiles } from "./report-files.ts"
export { setDelivererSettings } from "./settings.ts"
export { deviceHistoryTable } from "./snowflake/device-history.ts"
export type { SnowflakeAccount } from "./snowflake/run-statement.ts"
export { snowflakeDeliverer, type SnowflakeSettings } from "./snowflake/snowflake-deliverer.ts"
export { tellDevices, type TellDevicesRequest } from "./tell-devices.ts"
export type { AddressPolicy } from "./webhooks/address-policy.ts"
export {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  listWebhookEndpoints,
  rotateWebhookSecret,
  setWebhookEndpointEnabled,
  type WebhookEndpoint,
} from "./webhooks/endpoints.ts"
export { type ReceivedWebhook, verifyWebhook } from "./webhooks/signature.ts"
export { webhookDeliverer, type WebhookOptions } from "./webhooks/webhook-deliverer.ts"
