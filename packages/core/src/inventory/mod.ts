/** Devices, usage, rate plans, communication plans and billing periods: the only room that writes them. */
export { ensureBillingPeriod, getBillingPeriod } from "./billing-periods.ts"
export { contentHash } from "./content-hash.ts"
export {
  countDevicesWithUsage,
  countListedDevices,
  eachDeviceWithUsage,
  findDevice,
  findDevicesByCarrierId,
  type ListDevicesRequest,
  listDevices,
  recordDevice,
} from "./devices.ts"
export {
  findUnknownCommunicationPlans,
  listCommunicationPlans,
  listRatePlans,
  recordCommunicationPlan,
  recordRatePlans,
  setPermittedRatePlans,
} from "./plans.ts"
export { findSettlement } from "./settlement.ts"
export type { DeviceWithUsage, StoredBillingPeriod, StoredRatePlan } from "./statements.ts"
