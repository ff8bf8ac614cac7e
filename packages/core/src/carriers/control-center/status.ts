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

/** Our status in the carrier's word; one that it does not have is passed on for it to refuse. */
export function carrierStatusOf(status: DeviceStatus): string {
  return Object.entries(STATUSES).find(([, ours]) => ours === status)?.[0] ?? status.toUpperCase()
}
