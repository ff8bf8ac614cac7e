import type { Fleet } from "./fleet.ts"

/** The identifiers that device details and usage answers begin with. */
export function deviceIdentity(
  fleet: Fleet,
  id: number,
  status: string,
): { readonly iccid: string; readonly imsi: string; readonly msisdn: string; readonly imei: string } {
  const iccid = fleet.iccidOf(id)
  // Test network 001 01, and the serial number of the ICCID: unique as that is.
  const serial = iccid.slice(8, 18)
  const hasBeenInADevice = status === "ACTIVATED" && fleet.traitOf(id, 5) > 0
  return {
    iccid,
    imsi: `00101${serial}`,
    msisdn: `882${iccid.slice(6, 18)}`,
    imei: hasBeenInADevice ? `35${iccid.slice(5, 18)}0` : "",
  }
}
