import type { CarrierCapabilities } from "../../ports/mod.ts"

const DEVNET = "Cisco DevNet, Control Center REST API"

/** What Control Center can do for us, each fact with its source. Settings of an account may narrow the pace. */
export const CONTROL_CENTER_CAPABILITIES: CarrierCapabilities = {
  integrationType: "Jasper",
  deviceIdentifier: "iccid",
  changeTypes: { value: ["CarrierRatePlanChange"], source: `${DEVNET}: Edit Device Details`, asOf: "2026-07-01" },
  callsPerSecond: { value: 5, source: `${DEVNET}: Getting Started`, asOf: "2026-07-01" },
  concurrency: { value: 1, source: `${DEVNET}: Getting Started`, asOf: "2026-07-01" },
  // Writes were seen to become readable after one to four minutes on a production pod.
  readBackDeadlineMs: { value: 300_000, source: "Observed on AT&T POD19", asOf: "2026-03-01" },
}
