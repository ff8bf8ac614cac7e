import type { SimulatorAnswer } from "../call.ts"
import { CarrierError } from "../carrier-error.ts"
import type { Fleet } from "../fleet.ts"
import type { FleetState } from "../fleet-state.ts"
import type { ResolvedOptions } from "../options.ts"
import type { MessageStore } from "../message-store.ts"
import type { UsageLists } from "../usage-lists.ts"
import type { UsageMeter } from "../usage-meter.ts"

/** The carrier that the endpoints answer for. */
export interface Carrier {
  readonly options: ResolvedOptions
  readonly fleet: Fleet
  readonly state: FleetState
  readonly meter: UsageMeter
  readonly usageLists: UsageLists
  readonly messages: MessageStore
  /** Server time, epoch milliseconds. */
  now(): number
  /**
   * Takes an accepted write: journals it and puts it into effect, unless a fault makes it a silent no-op.
   *
   * @param effectiveAt When it takes effect, epoch milliseconds; at once if that is past or not given.
   * @returns Whether it takes effect at once.
   */
  write(id: number, fields: Readonly<Record<string, string>>, effectiveAt: number | undefined): "now" | "later"
  /** Searches answered so far. */
  readonly searches: number
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
  /** When the call arrived, server time, epoch milliseconds. */
  readonly now: number
}

/** Answers one operation; refuses by throwing a CarrierError. */
export type Endpoint = (call: EndpointCall) => SimulatorAnswer

/** Refuses what an essential account has not bought. */
export function requireAdvantage({ carrier }: EndpointCall): void {
  if (carrier.options.modes.accountType === "essential") throw new CarrierError("10000079")
}

/** The SIM that the path names. */
export function findDevice({ carrier, subject }: EndpointCall): number {
  if (!/^\d{5,22}$/.test(subject)) throw new CarrierError("10000021")
  const id = carrier.fleet.idOf(subject)
  if (!carrier.state.has(id)) throw new CarrierError("20000001")
  return id
}
