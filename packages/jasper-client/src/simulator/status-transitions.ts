import type { CarrierErrorCode } from "./carrier-error.ts"

/** What the carrier makes of a status change: it happens, nothing happens, or it is refused with a code. */
export type TransitionOutcome = "ok" | "same" | CarrierErrorCode

/** Every status the simulator knows. */
export const SIM_STATUSES = [
  "INVENTORY",
  "TEST_READY",
  "ACTIVATION_READY",
  "ACTIVATED",
  "DEACTIVATED",
  "RETIRED",
  "PURGED",
  "REPLACED",
] as const

const EARLY = { INVENTORY: "ok", TEST_READY: "ok", ACTIVATION_READY: "ok" } as const
const NO_WAY_BACK = { INVENTORY: "10000029", TEST_READY: "10000029", ACTIVATION_READY: "10000029" } as const
const LATER = { ACTIVATED: "ok", DEACTIVATED: "ok", RETIRED: "ok", PURGED: "ok" } as const
const FINAL = {
  INVENTORY: "10000005",
  TEST_READY: "10000005",
  ACTIVATION_READY: "10000005",
  ACTIVATED: "10000005",
  DEACTIVATED: "10000005",
  RETIRED: "10000005",
} as const

/** From status, to status. A pair that is missing is refused with `10000005`. */
export type StatusTransitions = Readonly<Record<string, Readonly<Record<string, TransitionOutcome>>>>

/**
 * The default table. Only three of its rules have evidence (no way back before activation, activating twice, purged
 * is final); the rest is a guess, which is why it is data and can be replaced.
 */
export const DEFAULT_TRANSITIONS: StatusTransitions = {
  INVENTORY: { ...EARLY, ...LATER, INVENTORY: "same" },
  TEST_READY: { ...EARLY, ...LATER, TEST_READY: "same" },
  ACTIVATION_READY: { ...EARLY, ...LATER, ACTIVATION_READY: "same" },
  ACTIVATED: { ...NO_WAY_BACK, ...LATER, ACTIVATED: "10030000" },
  DEACTIVATED: { ...NO_WAY_BACK, ...LATER, DEACTIVATED: "same" },
  RETIRED: { ...NO_WAY_BACK, ...LATER, RETIRED: "same" },
  PURGED: { ...FINAL, PURGED: "same" },
  REPLACED: { ...FINAL, PURGED: "same" },
}

/** Looks a transition up. */
export function transitionOutcome(table: StatusTransitions, from: string, to: string): TransitionOutcome {
  return table[from]?.[to] ?? "10000005"
}
