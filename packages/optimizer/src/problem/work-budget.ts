import { systemNow } from "../ports.ts"
import type { SolveOptions } from "./solve-options.ts"

/** Elementary steps in one work unit. */
export const STEPS_PER_UNIT = 1_000_000

/** Counts effort; decisions depend on it, never on a clock. */
export interface WorkBudget {
  /** Adds elementary steps. */
  spend(steps: number): void
  /** True once the steps are used up, or a time limit or signal has cut them short. */
  isSpent(): boolean
  /** True once a time limit or signal has cut the budget short. */
  readonly isCut: boolean
  /** Looks at the clock and the signal at once; returns `isCut`. */
  look(): boolean
  /** Steps spent so far. */
  readonly steps: number
  /** A part of what is left, counted on both. */
  part(steps: number): WorkBudget
}

// The clock is read once per this many steps: reading it costs as much as a few hundred of them.
const STEPS_PER_LOOK = 200_000

/** Opens the budget of one run. */
export function openBudget(steps: number, options: SolveOptions): WorkBudget {
  const now = options.now ?? systemNow
  const limit = options.timeLimitMs
  const endsAt = limit === undefined ? Infinity : now() + limit
  let spent = 0
  let isCut = false
  let nextLook = 0
  const look = (): boolean => {
    nextLook = spent + STEPS_PER_LOOK
    if (options.signal?.aborted === true || (endsAt !== Infinity && now() >= endsAt)) isCut = true
    return isCut
  }
  const budget: WorkBudget = {
    spend(count) {
      spent += count
      if (spent >= nextLook) look()
    },
    isSpent: () => isCut || spent >= steps,
    get isCut() {
      return isCut
    },
    look,
    get steps() {
      return spent
    },
    part: (count) => partOf(budget, count),
  }
  look()
  return budget
}

function partOf(whole: WorkBudget, steps: number): WorkBudget {
  const endsAt = whole.steps + steps
  const part: WorkBudget = {
    spend: (count) => whole.spend(count),
    isSpent: () => whole.isSpent() || whole.steps >= endsAt,
    get isCut() {
      return whole.isCut
    },
    look: () => whole.look(),
    get steps() {
      return whole.steps
    },
    part: (count) => partOf(part, count),
  }
  return part
}
