/**
 * What is known about the carrier's call rate: an upper bound from the options, and, once calls were refused, a rate that
 * works and one that fails below it. Rates are calls a second, instants epoch milliseconds.
 */
export interface LearnedRate {
  readonly ceiling: number
  /** The rate to call at. */
  readonly rate: number
  /** The highest rate that worked; 0 while none is known. */
  readonly works: number
  /** The lowest rate that failed; Infinity while none has. */
  readonly fails: number
  /** Is `rate` on trial? Else it is kept, and tried to be exceeded once a minute. */
  readonly isTrial: boolean
  /** The last time the rate was lowered, or a probe above it was refused. */
  readonly loweredAt: number
  /** Share taken off when this rate fails too: doubled each time in a row. */
  readonly step: number
  /** Small corrections of a kept rate since it was found. */
  readonly slips: number
  /** Calls accepted at this rate. */
  readonly accepted: number
  /** How many had been accepted at each of the last refusals at this rate, oldest first. */
  readonly refusals: readonly number[]
  /** Refusals since the last accepted call. */
  readonly inRow: number
}

/** A kept rate is tried to be exceeded this long after the last failure: one probe a minute. */
const PROBE_AFTER_MS = 60_000
/** Additive growth a second, as a share of the kept rate: careful at first, faster once the limit has clearly moved. */
const PROBE_STEP = 0.02
const MOVED_STEP = 0.1
const MOVED_AFTER_S = 10
/** A probe refused below this multiple of the kept rate says that the limit has not moved. */
const SAME_LIMIT = 1.25
/** Rates closer than this need no narrowing down. */
const CLOSE = 1.05
/** A rate on trial works after so many accepted calls, and fails at the second refusal. */
const TRIAL_CALLS = 40
const TRIAL_REFUSALS = 2
/** A kept rate fails when it is refused three times in so many calls: once or twice may have other causes. */
const FAILED_REFUSALS = 3
const FAILED_CALLS = 60
const FIRST_STEP = 0.1
const LAST_STEP = 0.5
/** Refused three times, but rarely: the rate is a touch too high, or it is not about the rate; then this ends. */
const SLIP = 0.97
const MAX_SLIPS = 3

/** Starts at the upper bound: a known limit is used at once. */
export function startRate(ceiling: number): LearnedRate {
  return {
    ceiling,
    rate: ceiling,
    works: 0,
    fails: Number.POSITIVE_INFINITY,
    isTrial: false,
    loweredAt: 0,
    step: FIRST_STEP,
    slips: 0,
    accepted: 0,
    refusals: [],
    inRow: 0,
  }
}

/** After an accepted call: a trial may have passed, or it is time to grow. */
export function afterAccepted(state: LearnedRate, now: number): LearnedRate {
  if (state.loweredAt === 0 && state.refusals.length === 0) return state
  const next = { ...state, accepted: state.accepted + 1, inRow: 0 }
  if (state.isTrial) return next.accepted < TRIAL_CALLS ? next : narrowed(next, state.rate, state.fails, now)
  if (state.rate >= state.ceiling) return next
  const seconds = (now - state.loweredAt - PROBE_AFTER_MS) / 1_000
  if (seconds <= 0) return next
  const share = PROBE_STEP * Math.min(seconds, MOVED_AFTER_S) + MOVED_STEP * Math.max(0, seconds - MOVED_AFTER_S)
  const rate = state.works * (1 + share)
  return rate < state.ceiling ? { ...next, rate } : startRate(state.ceiling)
}

/** After a refused call. */
export function afterRefused(state: LearnedRate, now: number): LearnedRate {
  const refusals = [...state.refusals, state.accepted].slice(-FAILED_REFUSALS)
  const next: LearnedRate = { ...state, refusals, inRow: state.inRow + 1 }
  if (next.inRow >= FAILED_REFUSALS) return failed({ ...next, step: LAST_STEP }, now)
  if (state.isTrial) {
    if (refusals.length < TRIAL_REFUSALS) return next
    return state.works > 0 ? narrowed(next, state.works, state.rate, now) : failed(next, now)
  }
  if (state.works > 0 && state.rate > state.works) return afterRefusedProbe(next, now)
  if (refusals.length < FAILED_REFUSALS) return next
  if (state.accepted - (refusals[0] ?? 0) <= FAILED_CALLS) return failed(next, now)
  if (state.slips >= MAX_SLIPS) return next
  return kept({ ...next, slips: state.slips + 1 }, state.rate * SLIP, now)
}

/** Back to the rate that works; or, where the limit has moved, somewhere between. */
function afterRefusedProbe(state: LearnedRate, now: number): LearnedRate {
  if (state.rate <= state.works * SAME_LIMIT) return kept(state, state.works, now)
  return narrowed(state, state.works, state.rate, now)
}

/** Down by a step that grows while nothing works. */
function failed(state: LearnedRate, now: number): LearnedRate {
  const rate = state.rate * (1 - state.step)
  const step = Math.min(LAST_STEP, state.step * 2)
  return { ...onTrial(state, rate, now), works: 0, fails: state.rate, step }
}

/** Halves the gap between a rate that works and one that fails, until they are close. */
function narrowed(state: LearnedRate, works: number, fails: number, now: number): LearnedRate {
  const next: LearnedRate = { ...state, works, fails, step: FIRST_STEP, slips: 0 }
  return fails <= works * CLOSE ? kept(next, works, now) : onTrial(next, (works + fails) / 2, now)
}

function kept(state: LearnedRate, rate: number, now: number): LearnedRate {
  return { ...state, rate, works: rate, isTrial: false, loweredAt: now, accepted: 0, refusals: [], inRow: 0 }
}

function onTrial(state: LearnedRate, rate: number, now: number): LearnedRate {
  return { ...state, rate, isTrial: true, loweredAt: now, accepted: 0, refusals: [], inRow: 0 }
}
