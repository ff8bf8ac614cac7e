import type { SimulatorAnswer } from "../call.ts"
import { CarrierError } from "../carrier-error.ts"
import type { Fleet } from "../fleet.ts"
import type { FleetState } from "../fleet-state.ts"
import type { ResolvedOptions } from "../options.ts"
import type { UsageLists } from "../usage-lists.ts"

/** The carrier that the endpoints answer for. */
export interface Carrier {
  readonly options: ResolvedOptions
  readonly fleet: Fleet
  readonly state: FleetState
  readonly usageLists: UsageLists
  /**
   * Takes an accepted write: journals it and puts it into effect, unless a fault makes it a silent no-op.
   */
  write(id: number, fields: Readonly<Record<string, string>>, now: number): void
  /** Tells the fault schedule how far a search has read. */
  sawPage(pageNumber: number): void
}

/** One call, addressed to one endpoint. */
export interface EndpointCall {
  readonly carrier: Carrier
  readonly query: URLSearchParams
  readonly body: string
  /** The variable part of the path, such as the ICCID, decoded; empty where there is none. */
  readonly subject: string
  /** Server time, epoch milliseconds. */
  readonly now: number
}

/** Answers one operation; refuses by throwing a CarrierError. */
export type Endpoint = (call: EndpointCall) => SimulatorAnswer

/** The SIM that the path names. */
export function findDevice({ carrier, subject }: EndpointCall): number {
  if (!/^\d{5,22}$/.test(subject)) throw new CarrierError("10000021")
  const id = carrier.fleet.idOf(subject)
  if (id < 0) throw new CarrierError("20000001")
  return id
}
