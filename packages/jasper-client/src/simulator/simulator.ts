import type { FaultKind } from "./fault-plan.ts"
import type { WriteEntry } from "./journal.ts"
import type { SimulatorOptions } from "./options.ts"

/** One SIM as the carrier truly has it, whatever late reads show. */
export interface SimulatedDevice {
  readonly iccid: string
  readonly status: string
  readonly ratePlan: string
  readonly communicationPlan: string
  /** Cycle to date. */
  readonly usageBytes: number
  /** Cycle to date, sent and received. */
  readonly smsCount: number
  /** Epoch milliseconds. */
  readonly dateUpdated: number
}

/** The true state of a simulated fleet. */
export interface SimulatorState extends Iterable<SimulatedDevice> {
  /** SIMs in the fleet now. */
  readonly size: number
  /** The SIM with this ICCID, or undefined. */
  get(iccid: string): SimulatedDevice | undefined
}

/** What a simulator has answered and injected so far, journal included for `injected`. */
export interface SimulatorStats {
  /** Calls that arrived under `/rws`. */
  readonly calls: number
  /** Calls refused because the account was over its limit (not the injected ones). */
  readonly throttled: number
  /** Writes accepted. */
  readonly writes: number
  readonly injected: Readonly<Record<FaultKind, number>>
}

/** A Control Center account in memory. */
export interface Simulator {
  /** Answers one call. Rejects with a TypeError where a real connection would break. */
  fetch(input: Request | URL | string, init?: RequestInit): Promise<Response>
  readonly state: SimulatorState
  /** A snapshot each time it is read. */
  readonly stats: SimulatorStats
  /** Every accepted write, oldest first, those replayed from the journal included. */
  readonly writes: readonly WriteEntry[]
}

/** Creates a simulated Control Center account with a seeded fleet. */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  throw new Error(`Not built yet: ${Object.keys(options).join()}`)
}
