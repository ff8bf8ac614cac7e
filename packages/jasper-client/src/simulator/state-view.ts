import type { Fleet } from "./fleet.ts"
import type { FleetState } from "./fleet-state.ts"

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

/** The true state of a simulated fleet; iterating draws one SIM at a time. */
export interface SimulatorState extends Iterable<SimulatedDevice> {
  /** SIMs in the fleet now. */
  readonly size: number
  /** The SIM with this ICCID, or undefined. */
  get(iccid: string): SimulatedDevice | undefined
}

/** Looks at a fleet from outside the API. */
export function createStateView(fleet: Fleet, state: FleetState): SimulatorState {
  function deviceAt(id: number): SimulatedDevice {
    const { status, ratePlan, communicationPlan, dateUpdated } = state.trueRecord(id)
    const usage = fleet.usageOf(id)
    return {
      iccid: fleet.iccidOf(id),
      status,
      ratePlan,
      communicationPlan,
      usageBytes: usage.homeBytes + usage.roamingBytes,
      smsCount: usage.smsSent + usage.smsReceived,
      dateUpdated,
    }
  }

  return {
    size: fleet.size,
    get(iccid) {
      const id = fleet.idOf(iccid)
      return id < 0 ? undefined : deviceAt(id)
    },
    *[Symbol.iterator]() {
      for (let id = 0; id < fleet.size; id++) yield deviceAt(id)
    },
  }
}
