export {
  type BackoffOptions,
  type CallOptions,
  createJasperClient,
  type DeviceQuery,
  type DevicesEndpoint,
  type EditOutcome,
  type JasperClient,
  type JasperClientOptions,
  type RatePlanUsageQuery,
  type VerifyOptions,
} from "./client.ts"
export { type CallAttempt, isJasperError, JasperError, type JasperErrorCode, type JasperErrorInit } from "./errors.ts"
export type { Hooks, PauseEvent, RequestEvent, ResponseEvent, RetryEvent } from "./hooks.ts"
export type { ListOptions, Page, PageCheckpoint, Paged } from "./paging.ts"
export { type Clock, type Fetch, systemClock } from "./ports.ts"
export type { DeviceScanScope, ScanCertificate, ScanMethod, ScanRefusal } from "./scan/certificate.ts"
export type { ScanCheckpoint, ScanPhase } from "./scan/checkpoint.ts"
export type { ScanBatch, ScanOptions, ScanProgress } from "./scan/scan-batch.ts"
export type { CallLimiter, CallOutcome, CallSlot } from "./transport/call-limiter.ts"
export type { CycleUsage } from "./wire/cycle-usage.ts"
export type { CustomFieldName, DeviceDetails } from "./wire/device-details.ts"
export type { DeviceEdit, EditReceipt, OverageLimitOverride } from "./wire/device-edit.ts"
export type { DeviceSummary, KnownSimStatus, SimStatus } from "./wire/device-summary.ts"
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
