/** What core needs from outside: the runtime and the carriers. */
export type {
  Carrier,
  CarrierCapabilities,
  ChangeAnswer,
  ChangeIntent,
  ChangeOutcome,
  ChangeType,
  ListedDevice,
  ListedRatePlan,
  ListedUsage,
  ReadBackAnswer,
  ScanBatch,
  ScanCertificate,
  ScanRequest,
  ScanScope,
  Sourced,
  UsageBatch,
  UsageRequest,
} from "./carrier.ts"
export { type Clock, type Runtime, systemRuntime, timeOrderedIds } from "./runtime.ts"
