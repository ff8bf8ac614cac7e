import type { FaultPlan } from "./fault-plan.ts"
import type { SimulatorJournal } from "./journal.ts"

/** Source of time of a simulator. The `Runtime.clock` of the SDK fits. */
export interface SimulatorClock {
  /** Current instant, milliseconds since the Unix epoch, UTC. */
  now(): number
  /** Resolves after `ms` milliseconds of this clock. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The user name and API key that the simulator accepts. */
export interface SimulatorCredentials {
  readonly username: string
  readonly apiKey: string
}

/** Behaviours on which the carrier's releases differ, or that no source has settled. */
export interface SimulatorModes {
  /** HTTP status that carries `40000029`: one of them, or both in a seeded mix. @default "mixed" */
  readonly throttleStatus?: 429 | 400 | "mixed"
  /** What a page past the end of a list answers. @default "empty" */
  readonly pastTheEnd?: "empty" | "error"
  /** What a `pageSize` above 50 answers. @default "error" */
  readonly oversizedPage?: "error" | "clamp"
  /** What `lastPage` says on a full last page; `false` is followed by an empty page. @default true */
  readonly lastPageAtExactMultiple?: boolean
  /** Whether `/devices` carries `totalCount`. @default false */
  readonly totalCount?: boolean
}

/** How {@link createSimulator} builds its carrier. */
export interface SimulatorOptions {
  /** Everything in the fleet and in the faults follows from it; an unsigned 32-bit integer. @default 1 */
  readonly seed?: number
  /** SIMs in the fleet, 0 to 10,000,000. @default 1000 */
  readonly devices?: number
  /** @default the host's clock */
  readonly clock?: SimulatorClock
  /** Calls per second that the account may make. @default 5 */
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
}
