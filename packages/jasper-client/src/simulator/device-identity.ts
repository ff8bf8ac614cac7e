import type { Carrier } from "./endpoints/endpoint.ts"

/** The identifiers that device details and usage answers begin with. */
export interface DeviceIdentity {
  readonly iccid: string
  readonly imsi: string
  readonly msisdn: string
  readonly imei: string
}

/** Identifies a SIM; its number may come late after an activation, as the carrier's does. */
export function deviceIdentity({ fleet, state, options, now }: Carrier, id: number): DeviceIdentity {
  const { status, dateActivated } = state.shownRecord(id)
  const iccid = fleet.iccidOf(id)
  // Test network 001 01, and the serial number of the ICCID: unique as that is.
  const serial = iccid.slice(8, 18)
  const hasBeenInADevice = status === "ACTIVATED" && fleet.traitOf(id, 5) > 0
  const isNumberLate = dateActivated !== null && now() < dateActivated + options.modes.msisdnLagMs
  return {
    iccid,
    imsi: `00101${serial}`,
    msisdn: isNumberLate ? "" : `882${iccid.slice(6, 18)}`,
    imei: hasBeenInADevice ? `35${iccid.slice(5, 18)}0` : "",
  }
}
