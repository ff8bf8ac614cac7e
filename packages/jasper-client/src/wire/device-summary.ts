/** SIM statuses the carrier documents. The list is open: `ONHOLD` and others exist on some operators. */
export type KnownSimStatus =
  | "ACTIVATED"
  | "ACTIVATION_READY"
  | "DEACTIVATED"
  | "INVENTORY"
  | "PURGED"
  | "REPLACED"
  | "RETIRED"
  | "TEST_READY"

/** A SIM status in the carrier's own word. */
export type SimStatus = KnownSimStatus | (string & {})

/** One row of Search Devices: four fields, no date. */
export interface DeviceSummary {
  /** 19 or 20 digits, as received. */
  readonly iccid: string
  readonly status: SimStatus
  /** Rate plan name; null when the carrier names none. */
  readonly ratePlan: string | null
  /** Communication plan name; null when the carrier names none. */
  readonly communicationPlan: string | null
}
