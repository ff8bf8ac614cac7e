import type { DeviceStatus } from "../../domain/mod.ts"
import type { CarrierCapabilities, CarrierStatus, Sourced } from "../../ports/mod.ts"

const DEVNET = "Cisco DevNet, Control Center REST API"

const LATER: readonly DeviceStatus[] = ["active", "deactivated", "retired", "purged"]
const EARLY: readonly DeviceStatus[] = ["inventory", "test_ready", "activation_ready"]

const status = (
  ours: DeviceStatus,
  carrierStatus: string,
  displayName: string,
  changesTo: readonly DeviceStatus[],
): CarrierStatus => ({
  status: ours,
  carrierStatus,
  displayName,
  changesTo: changesTo.filter((to) => to !== ours),
  isBilled: ours === "active",
})

// Evidence there is for three rules: nothing goes back to before its activation (10000029), what is active is not activated
// again (10030000), and only what is purged goes back to stock, by a transfer. The others are taken as allowed.
const STATUSES: readonly CarrierStatus[] = [
  status("inventory", "INVENTORY", "Inventory", [...EARLY, ...LATER]),
  status("test_ready", "TEST_READY", "Test Ready", [...EARLY, ...LATER]),
  status("activation_ready", "ACTIVATION_READY", "Activation Ready", [...EARLY, ...LATER]),
  status("active", "ACTIVATED", "Activated", LATER),
  status("deactivated", "DEACTIVATED", "Deactivated", LATER),
  status("retired", "RETIRED", "Retired", LATER),
  status("purged", "PURGED", "Purged", []),
  status("replaced", "REPLACED", "Replaced", []),
]

const numbered = (owner: string, count: number) => Array.from({ length: count }, (_, i) => `${owner}Custom${i + 1}`)

/** Fields that Edit Device may set besides status and plans. */
const EDITABLE_FIELDS = [
  "username",
  "customer",
  "modemID",
  ...numbered("account", 10),
  ...numbered("operator", 5),
  ...numbered("customer", 5),
]

/** What an account of the family can do, with what only its connector has to know. */
export interface ControlCenterCapabilities extends CarrierCapabilities {
  /** Whether an edit of fields is also looked for in the device's audit trail before it counts as made. */
  readonly auditsFieldEdits: Sourced<boolean>
}

/** What Control Center can do for us, each fact with its source. Settings of an account may narrow the pace. */
export const CONTROL_CENTER_CAPABILITIES: ControlCenterCapabilities = {
  integrationType: "Jasper",
  deviceIdentifier: "iccid",
  changeTypes: {
    value: ["StatusUpdate", "CarrierRatePlanChange", "EditUsername"],
    source: `${DEVNET}: Edit Device Details`,
    asOf: "2026-07-01",
  },
  statuses: {
    value: STATUSES,
    source: `${DEVNET}: Edit Device Details, and error codes 10000029 and 10030000 as observed`,
    asOf: "2026-07-01",
  },
  editableFields: { value: EDITABLE_FIELDS, source: `${DEVNET}: Edit Device Details`, asOf: "2026-07-01" },
  movesPlanBeforeDeactivation: { value: true, source: "Operating practice of the accounts", asOf: "2026-07-01" },
  callsPerSecond: { value: 5, source: `${DEVNET}: Getting Started`, asOf: "2026-07-01" },
  concurrency: { value: 1, source: `${DEVNET}: Getting Started`, asOf: "2026-07-01" },
  // Writes were seen to become readable after one to four minutes on a production pod.
  readBackDeadlineMs: { value: 300_000, source: "Observed on AT&T POD19", asOf: "2026-03-01" },
  auditsFieldEdits: { value: false, source: "Read-back of the device suffices", asOf: "2026-07-01" },
}

/** The kinds of accounts that speak Control Center. One operator's differs from another's in a few facts. */
export type ControlCenterType = "Jasper" | "POD19" | "TMobileJasper" | "Rogers"

const SAME_API = "Same paths, bodies and errors as Control Center elsewhere; hosts, keys and plan names differ"

const like = (
  integrationType: ControlCenterType,
  more: Partial<ControlCenterCapabilities>,
): ControlCenterCapabilities => ({
  ...CONTROL_CENTER_CAPABILITIES,
  integrationType,
  ...more,
})

/** What the accounts of each kind can do. */
export const CONTROL_CENTER_FAMILY: Readonly<Record<ControlCenterType, ControlCenterCapabilities>> = {
  Jasper: CONTROL_CENTER_CAPABILITIES,
  POD19: like("POD19", {
    auditsFieldEdits: {
      value: true,
      source: "Writes were answered with 200 and had no effect; the audit trail tells what is completed",
      asOf: "2026-03-01",
    },
  }),
  TMobileJasper: like("TMobileJasper", {
    changeTypes: { ...CONTROL_CENTER_CAPABILITIES.changeTypes, source: SAME_API },
  }),
  Rogers: like("Rogers", {
    changeTypes: {
      ...CONTROL_CENTER_CAPABILITIES.changeTypes,
      source: `${SAME_API}; REST access depends on the tier of the account, and is refused with 403 outside it`,
    },
  }),
}
