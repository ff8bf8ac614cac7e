/** What core needs from outside: the runtime and the carriers. */
export type {
  Carrier,
  CarrierCapabilities,
  CarrierStatus,
  ListedDevice,
  ListedDeviceDetails,
  ListedRatePlan,
  ListedUsage,
  ReadBackAnswer,
  ScanBatch,
  ScanCertificate,
  ScanRequest,
  ScanScope,
  UsageBatch,
  UsageRequest,
} from "./carrier.ts"
export type {
  ChangeAnswer,
  ChangeCapabilities,
  ChangeDetails,
  ChangeIntent,
  ChangeOptions,
  ChangeOutcome,
  ChangeType,
  CustomerSystem,
  DeviceChange,
  RatePlanChangeRule,
  Sourced,
} from "./change.ts"
export { forbiddenBy, rememberedDays } from "./rate-plan-change-rules.ts"
export { type Clock, type Runtime, systemRuntime, timeOrderedIds } from "./runtime.ts"
