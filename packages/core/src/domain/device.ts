/** Life of a SIM in our words; carriers' words are translated in their connectors. */
export type DeviceStatus =
  | "inventory"
  | "test_ready"
  | "activation_ready"
  | "active"
  | "suspended"
  | "deactivated"
  | "retired"
  | "purged"
  | "replaced"
  | "unknown"

/** A carrier's record of one SIM or line, as the inventory holds it. */
export interface Device {
  readonly id: string
  readonly serviceProviderId: string
  /** What the carrier calls it by: ICCID, EID or subscriber number, by the carrier's capability. */
  readonly carrierDeviceId: string
  readonly iccid: string
  readonly status: DeviceStatus
  /** Name of the carrier's rate plan, `null` where it has none. */
  readonly carrierRatePlan: string | null
  /** Name of the carrier's communication plan, `null` where it has none. */
  readonly communicationPlan: string | null
  /** Instant of the first certified sync that did not list it any more; `null` while it is listed. */
  readonly missingSince: number | null
  readonly changedAt: number
}
