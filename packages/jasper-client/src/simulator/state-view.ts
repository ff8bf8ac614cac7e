import { cycleAt } from "./billing-cycle.ts"
import type { Carrier } from "./endpoints/endpoint.ts"

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

/** Looks at a carrier from outside the API. */
export function createStateView({ fleet, state, meter, options, now }: Carrier): SimulatorState {
  function deviceAt(id: number): SimulatedDevice {
    const { status, ratePlan, communicationPlan, dateUpdated } = state.trueRecord(id)
    const usage = meter.usage(id, cycleAt(now(), options.modes.utcOffsetHours), now())
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
    get size() {
      return state.order.size
    },
    get(iccid) {
      state.settle(now())
      const id = fleet.idOf(iccid)
      return state.has(id) ? deviceAt(id) : undefined
    },
    *[Symbol.iterator]() {
      state.settle(now())
      for (let id = 0; id < state.idLimit; id++) if (state.has(id)) yield deviceAt(id)
    },
  }
}
