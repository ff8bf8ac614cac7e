/** Nouns and rules of the field: identifiers, quantities, devices, plans, billing periods; and the lines of CSV files. */
export { type BillingPeriod, type BillingSchedule, billingPeriodAt, daysIn } from "./billing-period.ts"
export { canonicalJson } from "./canonical-json.ts"
export { type CsvLine, csvLine, parseCsvLine } from "./csv.ts"
export { kilobytesOf, parseDataVolume } from "./data-volume.ts"
export type { Device, DeviceStatus } from "./device.ts"
export {
  appendToChain,
  CHAIN_START,
  type ChainCheckpoint,
  type ChainedEntry,
  type ChainHead,
  type ChainVerdict,
  verifyChain,
} from "./hash-chain.ts"
export { type Iccid, iccidKey, parseIccid } from "./iccid.ts"
export { isLoopback } from "./loopback.ts"
export { JASPER_FAMILY, MOBILITY_INTEGRATIONS } from "./integration-type.ts"
export { formatMoney, MICRO_UNITS, parseMicroUnits } from "./money.ts"
export type { CommunicationPlan, OverageRounding, RatePlan } from "./rate-plan.ts"
export { redact, redactValue } from "./redact.ts"
export { type Eid, type Imei, type Msisdn, parseEid, parseImei, parseMsisdn } from "./subscriber-identifiers.ts"
export { type TextLine, textLines } from "./text-lines.ts"
