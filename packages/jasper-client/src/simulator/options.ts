import type { FaultPlan } from "./fault-plan.ts"
import type { SimulatorJournal } from "./journal.ts"
import type { SimulatorModes } from "./modes.ts"
import { createHostClock, type SimulatorClock } from "./ports.ts"
import type { PushOptions } from "./push.ts"
import { DEFAULT_TRANSITIONS, type StatusTransitions } from "./status-transitions.ts"

/** The user name and API key that the simulator accepts. */
export interface SimulatorCredentials {
  readonly username: string
  readonly apiKey: string
}

/** How {@link createSimulator} builds its carrier. */
export interface SimulatorOptions {
  /** Everything in the fleet and in the faults follows from it; an unsigned 32-bit integer. @default 1 */
  readonly seed?: number
  /** SIMs in the fleet, 0 to 10,000,000. @default 1000 */
  readonly devices?: number
  /**
   * Every SIM was last changed before this instant, epoch milliseconds.
   * @default the start of 2025, or the clock's time if that is earlier
   */
  readonly asOf?: number
  /** @default the host's clock */
  readonly clock?: SimulatorClock
  /** Calls per second that the account may make; Infinity lifts the limit. @default 5 */
  readonly callsPerSecond?: number
  /** Calls that may come at once after a pause. @default callsPerSecond, at least 1 */
  readonly burst?: number
  /** Calls that may be in flight at once. @default 1 */
  readonly concurrency?: number
  /** @default "off" */
  readonly faults?: "off" | "default" | FaultPlan
  /** What an earlier simulator of the same fleet wrote, and where this one writes on. */
  readonly journal?: SimulatorJournal
  /** @default DEFAULT_CREDENTIALS */
  readonly credentials?: SimulatorCredentials
  readonly modes?: SimulatorModes
  /** Which status changes the carrier allows. @default DEFAULT_TRANSITIONS */
  readonly transitions?: StatusTransitions
  /** Where changes are pushed to. @default nowhere */
  readonly push?: PushOptions
}

/** What a simulator accepts when no credentials are given. No secret: it opens nothing but a simulator. */
export const DEFAULT_CREDENTIALS: SimulatorCredentials = {
  username: "simulator.user",
  apiKey: "00000000-0000-4000-8000-000000000001",
}

/** Options with every default applied and every number checked. */
export interface ResolvedOptions {
  readonly seed: number
  readonly devices: number
  readonly asOf: number
  readonly clock: SimulatorClock
  readonly callsPerSecond: number
  readonly burst: number
  readonly concurrency: number
  readonly faults: "off" | "default" | FaultPlan
  readonly journal: SimulatorJournal
  readonly credentials: SimulatorCredentials
  readonly modes: Required<SimulatorModes>
  readonly transitions: StatusTransitions
  readonly push: PushOptions | undefined
}

/** Late enough that the fleet looks alive, early enough to lie in every caller's past. */
const LATEST_AS_OF = Date.UTC(2025, 0, 1)

/**
 * Applies the defaults.
 *
 * @throws {RangeError} If a number is out of range.
 */
export function resolveOptions(options: SimulatorOptions): ResolvedOptions {
  const clock = options.clock ?? createHostClock()
  const callsPerSecond = checkNumber("callsPerSecond", options.callsPerSecond ?? 5, 0.001, Number.POSITIVE_INFINITY)
  return {
    seed: checkInteger("seed", options.seed ?? 1, 0xffff_ffff),
    devices: checkInteger("devices", options.devices ?? 1000, 10_000_000),
    asOf: options.asOf ?? Math.min(LATEST_AS_OF, clock.now()),
    clock,
    callsPerSecond,
    burst: checkNumber("burst", options.burst ?? Math.max(1, callsPerSecond), 1, Number.POSITIVE_INFINITY),
    concurrency: checkNumber("concurrency", options.concurrency ?? 1, 1, Number.POSITIVE_INFINITY),
    faults: options.faults ?? "off",
    journal: options.journal ?? { entries: [], append: () => {} },
    credentials: options.credentials ?? DEFAULT_CREDENTIALS,
    modes: {
      throttleStatus: "mixed",
      pastTheEnd: "empty",
      oversizedPage: "error",
      lastPageAtExactMultiple: true,
      totalCount: false,
      notFound: "html",
      rawPlus: "refuse",
      lookBack: "unlimited",
      futureDates: "empty",
      unstableTies: false,
      dateResolution: "millisecond",
      accountType: "advantage",
      locationTracking: true,
      euiccIdField: "eid",
      missingIpAddress: "null",
      usage: "static",
      iccidDigits: 19,
      ratePlans: "plain",
      latencyMs: 0,
      overConcurrency: "refuse",
      msisdnLagMs: 0,
      utcOffsetHours: 0,
      clockAheadMs: 0,
      ...options.modes,
    },
    transitions: options.transitions ?? DEFAULT_TRANSITIONS,
    push: options.push,
  }
}

function checkInteger(name: string, value: number, max: number): number {
  if (!Number.isInteger(value)) {
    throw new RangeError(`Cannot create simulator: ${name} must be an integer, got ${value}`)
  }
  return checkNumber(name, value, 0, max)
}

function checkNumber(name: string, value: number, min: number, max: number): number {
  if (!(value >= min && value <= max)) {
    throw new RangeError(`Cannot create simulator: ${name} must be ${min} to ${max}, got ${value}`)
  }
  return value
}
