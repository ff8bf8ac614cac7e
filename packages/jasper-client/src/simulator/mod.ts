/**
 * A simulated Cisco IoT Control Center account: seeded fleets, the REST API in memory as a fetch handler, faults.
 *
 * @module
 */
export type { CallOutcome, SimulatorAnswer, SimulatorCall } from "./call.ts"
export type { ConformanceOptions, ConformanceResult } from "./conformance/run-conformance.ts"
export { runConformance } from "./conformance/run-conformance.ts"
export type { FaultKind, FaultName } from "./fault-catalogue.ts"
export { FAULT_NAMES } from "./fault-catalogue.ts"
export type { DriftPlan, FaultPlan, FaultRule } from "./fault-plan.ts"
export { defaultFaultPlan } from "./fault-plan.ts"
export type {
  ActEntry,
  ClockEntry,
  DriftEntry,
  FaultEntry,
  FleetEntry,
  JournalEntry,
  SimulatorJournal,
  SmsEntry,
  WriteEntry,
} from "./journal.ts"
export type { SimulatorModes } from "./modes.ts"
export type { Operation } from "./operation.ts"
export type { Operator } from "./operator.ts"
export type { SimulatorClock } from "./ports.ts"
export type { SimulatorCredentials, SimulatorOptions } from "./options.ts"
export { DEFAULT_CREDENTIALS } from "./options.ts"
export type { PushEvent, PushOptions } from "./push.ts"
export { createPushRequest } from "./push.ts"
export type { SimulatedRatePlan } from "./rate-plans.ts"
export { BYTES_PER_MEGABYTE, CURRENCY, PERMITTED_PLANS, RATE_PLANS } from "./rate-plans.ts"
export type { CarrierClock, Simulator } from "./simulator.ts"
export { createSimulator } from "./simulator.ts"
export type { SimulatorStats } from "./stats.ts"
export type { SimulatedDevice, SimulatorState } from "./state-view.ts"
export type { StatusTransitions, TransitionOutcome } from "./status-transitions.ts"
export { DEFAULT_TRANSITIONS, SIM_STATUSES } from "./status-transitions.ts"
