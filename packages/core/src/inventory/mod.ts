/** Devices, usage, rate plans, communication plans, billing periods and customers: the only room that writes them. */
export { ensureBillingPeriod, getBillingPeriod, recordUsageReading } from "./billing-periods.ts"
export { contentHash, SHARED_HASH_LENGTH } from "./content-hash.ts"
export {
  type DeviceUsageFacts,
  findDeviceDetails,
  findDevicesByIdentifier,
  findDeviceUsage,
  listReplacedIdentifiers,
  recordSwap,
} from "./device-facts.ts"
export type { DeviceIdentifier, ReplacedIdentifier } from "./device-facts-statements.ts"
export { type DeviceSnapshot, listDeviceSnapshots } from "./device-snapshots.ts"
export {
  countDevicesWithUsage,
  countListedDevices,
  eachDeviceWithUsage,
  findDevice,
  findDevicesByCarrierId,
  hasListedDevices,
  type ListDevicesRequest,
  listDevices,
  recordDevices,
} from "./devices.ts"
export {
  findUnknownCommunicationPlans,
  listCommunicationPlans,
  listRatePlans,
  recordCommunicationPlan,
  recordRatePlans,
  setPermittedRatePlans,
} from "./plans.ts"
export type { Customer, CustomerRatePlan, CustomerRatePool, Site } from "./customers/customer.ts"
export {
  ensureCustomerRatePool,
  listCustomerRatePlans,
  listCustomerRatePools,
  type SaveCustomerRatePlanRequest,
  saveCustomerRatePlan,
} from "./customers/customer-rate-plans.ts"
export { createSite, getCustomer, listCustomers, listSites, saveCustomer } from "./customers/customers.ts"
export type { DeviceAssignment, DeviceAssignmentChange } from "./customers/device-assignment.ts"
export {
  type AssignmentReferences,
  changeDeviceAssignments,
  checkAssignmentReferences,
  eachDeviceAssignment,
  findDeviceAssignments,
} from "./customers/device-assignments.ts"
export {
  listDevicesToRead,
  listOptimizationGroups,
  recordLineFacts,
  setOptimizationGroup,
  setRatePlanTerms,
} from "./line-facts.ts"
export type { LineFacts, RatePlanTerms } from "./line-facts-statements.ts"
export {
  type ImportCsvRequest,
  type ImportFault,
  type ImportResult,
  importLineFacts,
  importPermittedRatePlans,
  importRatePlanTerms,
} from "./import-csv.ts"
export { eachReconcileChunk, type ReconcileChunk } from "./reconcile.ts"
export { findSettlement } from "./settlement.ts"
export type { StoredBillingPeriod } from "./billing-period-statements.ts"
export type { DeviceWithUsage } from "./device-statements.ts"
export type { StoredRatePlan } from "./plan-statements.ts"
