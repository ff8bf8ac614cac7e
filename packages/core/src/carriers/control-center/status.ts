import type { DeviceStatus } from "../../domain/mod.ts"

const STATUSES: Readonly<Record<string, DeviceStatus>> = {
  INVENTORY: "inventory",
  TEST_READY: "test_ready",
  ACTIVATION_READY: "activation_ready",
  ACTIVATED: "active",
  ONHOLD: "suspended",
  DEACTIVATED: "deactivated",
  RETIRED: "retired",
  PURGED: "purged",
  REPLACED: "replaced",
}

/** The carrier's SIM status in our words; one that it never documented is `unknown` and keeps its own word beside. */
export function statusOf(carrierStatus: string): DeviceStatus {
  return STATUSES[carrierStatus] ?? "unknown"
}
