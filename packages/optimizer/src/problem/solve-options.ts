import type { Assignment } from "./problem.ts"
import type { SolvedResult } from "./result.ts"

/** How much effort `solveSync` may spend, and what it should know beforehand. */
export interface SolveOptions {
  /**
   * Effort allowed for improving and proving, once the bound is found, in work units (about a million elementary steps each). The same input and budget give the
   * same bytes on every runtime. @default up to 5,000 SIMs 85 and 2 per plan; above 200, 8 per plan and one for every 5,000 SIMs
   */
  readonly workUnits?: number
  /** Stop improving once `gap` is at or below this. @default 0 */
  readonly targetGap?: number
  /** Other permitted assignments; the result never costs more than any of them. Those that are not permitted are ignored. */
  readonly candidates?: readonly Assignment[]
  /** An earlier result for a similar problem: its multipliers and assignment are where the search starts. */
  readonly start?: SolvedResult
  /** Milliseconds after which the search is cut short, whatever is left of the budget. Absent: no limit. */
  readonly timeLimitMs?: number
  /** Clock for `timeLimitMs`, milliseconds. @default performance.now */
  readonly now?: () => number
  /** Cuts the search short when aborted; the best answer so far is returned with `truncated: true`. */
  readonly signal?: AbortSignal
  /** Told after each step of the search. */
  readonly onProgress?: (progress: SolveProgress) => void
}

/** Options of the asynchronous `solve`. */
export interface SolveAsyncOptions extends SolveOptions {
  /** Awaited between steps, so that a host can serve others. @default a macrotask through `MessageChannel` */
  readonly yield?: () => Promise<void>
}

/** Where the search stands. */
export interface SolveProgress {
  readonly phase: "prepare" | "bound" | "assign" | "improve" | "prove"
  /** Cost of the best assignment so far, micro-units (a double); Infinity before there is one. */
  readonly cost: number
  /** Best lower bound so far, micro-units (a double). */
  readonly lowerBound: number
  /** Work units spent. */
  readonly workUnits: number
}
