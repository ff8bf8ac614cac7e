export { type CallBudget, planSync, type SyncPlan } from "./budget/plan-sync.ts"
export type { CallOptions } from "./call-options.ts"
export {
  type BackoffOptions,
  createJasperClient,
  type JasperClient,
  type JasperClientOptions,
} from "./client.ts"
export type { AccountsEndpoint, CustomersEndpoint } from "./endpoints/accounts.ts"
export type { AuditQuery, LocationQuery, ZoneUsageQuery } from "./endpoints/device-history.ts"
export type { DeviceQuery } from "./endpoints/device-query.ts"
export type { DevicesEndpoint } from "./endpoints/devices.ts"
export type { EditOutcome, VerifyOptions } from "./endpoints/edit-outcome.ts"
export type { SmsEndpoint, SmsQuery } from "./endpoints/sms.ts"
export type { RatePlanUsageQuery } from "./endpoints/usages.ts"
export { type CallAttempt, isJasperError, JasperError, type JasperErrorCode, type JasperErrorInit } from "./errors.ts"
export type { Hooks, PauseEvent, RequestEvent, ResponseEvent, RetryEvent } from "./hooks.ts"
export type { ListOptions, Page, PageCheckpoint, Paged } from "./paging.ts"
export { type Clock, type Fetch, systemClock } from "./ports.ts"
export type { DeviceScanScope, ScanCertificate, ScanMethod, ScanRefusal } from "./scan/certificate.ts"
export type { ScanCheckpoint, ScanPhase } from "./scan/checkpoint.ts"
export type { ScanBatch, ScanOptions, ScanProgress } from "./scan/scan-batch.ts"
export type { CallLimiter, CallOutcome, CallSlot } from "./transport/call-limiter.ts"
export { type CallLimiterOptions, createCallLimiter } from "./transport/pace.ts"
export type { Account } from "./wire/account.ts"
export type { AuditEntry } from "./wire/audit-entry.ts"
export { formatCarrierDate, parseCarrierDate } from "./wire/carrier-date.ts"
export type { CycleUsage } from "./wire/cycle-usage.ts"
export type { CustomFieldName, DeviceDetails } from "./wire/device-details.ts"
export type { DeviceEdit, EditReceipt, OverageLimitOverride } from "./wire/device-edit.ts"
export type { DeviceSummary, KnownSimStatus, SimStatus } from "./wire/device-summary.ts"
export type { Location } from "./wire/location.ts"
export type {
  CarrierDecimal,
  DataZone,
  OverageTier,
  RatePlan,
  ServiceRating,
  ServiceZone,
  SubscriptionTier,
} from "./wire/rate-plan.ts"
export type { RatePlanUsage } from "./wire/rate-plan-usage.ts"
export type { Session } from "./wire/session.ts"
export type { SmsDraft, SmsMessage } from "./wire/sms-message.ts"
export type { ZoneUsage, ZoneUsageRow } from "./wire/zone-usage.ts"
