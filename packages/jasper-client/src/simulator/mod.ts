/**
 * A simulated Cisco IoT Control Center account: seeded fleets, the REST API in memory as a fetch handler, faults.
 *
 * @module
 */
export type { FaultKind, FaultPlan } from "./fault-plan.ts"
export type { JournalEntry, SimulatorJournal, WriteEntry } from "./journal.ts"
export type { SimulatorClock, SimulatorCredentials, SimulatorModes, SimulatorOptions } from "./options.ts"
export type { SimulatedDevice, Simulator, SimulatorState, SimulatorStats } from "./simulator.ts"
export { createSimulator } from "./simulator.ts"
