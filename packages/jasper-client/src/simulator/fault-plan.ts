import type { FaultName } from "./fault-catalogue.ts"
import type { Operation } from "./operation.ts"

/**
 * One fault and when it strikes. Without `nth`, `oncePer` and `chance` it strikes at every matching call.
 *
 * @example The third call after page 10 of a search drops its reply after taking effect
 * ```ts
 * import { createSimulator } from "@altaworx/jasper-client/simulator"
 *
 * createSimulator({ faults: { rules: [{ fault: "lostReply", afterPage: 10, nth: 3 }] } })
 * ```
 */
export interface FaultRule {
  readonly fault: FaultName
  /** Operations that match. @default those that the fault can strike */
  readonly on?: Operation | readonly Operation[]
  /** Calls match only after a search has read beyond this page. @default 0, from the start */
  readonly afterPage?: number
  /** Strike at this matching call only, counted from 1. */
  readonly nth?: number
  /** Strike once in each run of this many matching calls, at a seeded place. */
  readonly oncePer?: number
  /** Length of the first such run, so that a short test sees the fault too. @default oncePer */
  readonly first?: number
  /** Strike with this probability, 0 to 1. */
  readonly chance?: number
  /** Strike at most so often, what the journal remembers included. @default unlimited */
  readonly limit?: number
  /** Delay of the faults that have one, in milliseconds; the longest where it is drawn. @default 200 */
  readonly maxDelayMs?: number
  /** How many SIMs a disturbance of the list touches. @default 1 */
  readonly count?: number
}

/** Changes by other users of the account while a list is being read: a finite list, drawn from the seed. */
export interface DriftPlan {
  /** How many SIMs change, one after another. */
  readonly changes: number
  /** The changes are spread over this many search calls. */
  readonly overSearchCalls: number
}

/** Which faults a simulator injects, and when. */
export interface FaultPlan {
  readonly rules: readonly FaultRule[]
  /** @default no drift */
  readonly drift?: DriftPlan
}

const PAGE_SIZE = 50

/**
 * The plan behind `faults: "default"`: every kind strikes in one whole pipeline run (a sync and a hundred writes) of
 * 2,000 SIMs, and in a long one the number grows with the calls but stays small enough not to set the pace.
 */
export function defaultFaultPlan(devices: number): FaultPlan {
  const pages = Math.ceil(devices / PAGE_SIZE)
  return {
    rules: [
      { fault: "throttle429", oncePer: 800, first: 20, limit: 100 },
      { fault: "throttle400", oncePer: 800, first: 50, limit: 100 },
      { fault: "serverError", oncePer: 800, first: 40, limit: 100 },
      { fault: "gatewayError", oncePer: 800, first: 60, limit: 100 },
      { fault: "drop", oncePer: 600, first: 50, limit: 100 },
      { fault: "silentNoOp", on: "editDevice", oncePer: 200, first: 40, limit: 50 },
      { fault: "lateRead", on: "editDevice", oncePer: 50, first: 20, limit: 100 },
      { fault: "lostReply", on: "editDevice", oncePer: 150, first: 30, limit: 50 },
    ],
    // Nine tenths of the pages: every change happens before even the shortest complete scan has ended.
    drift: {
      changes: Math.min(400, Math.max(6, Math.ceil(pages / 8))),
      overSearchCalls: Math.max(1, Math.floor(pages * 0.9)),
    },
  }
}
