/**
 * What is known about the carrier's call rate: an upper bound from the options, a working rate below it once calls were
 * refused, and the lowest rate known to be too high. Rates are calls a second, instants epoch milliseconds.
 */
export interface LearnedRate {
  readonly ceiling: number
  /** The rate to call at. */
  readonly rate: number
  /** The rate before the present ramp. */
  readonly base: number
  /** The rate at the last refusal; Infinity before the first one. */
  readonly tooHigh: number
  /** The last refusal: the carrier's bucket was empty then, so what it accepts from there on measures its rate. */
  readonly refusedAt: number | undefined
  /** Calls accepted since then. */
  readonly accepted: number
}

/** Once the rate is known well, a higher one is tried this long after the last refusal: one probe a minute. */
const PROBE_AFTER_MS = 60_000
/** Before that, the rate grows again this soon. */
const LEARN_AFTER_MS = 1_000
/** A working rate this close to one that was refused counts as known. */
const KNOWN_SHARE = 0.9
/** Growth a second, as a share of the base: careful at first, faster once the limit has clearly moved. */
const PROBE_STEP = 0.02
const MOVED_STEP = 0.1
const MOVED_AFTER_S = 10
/** A probe refused below this multiple of its base says that the limit has not moved. */
const SAME_LIMIT = 1.25
/** The step down when the measurement is too short to say more. */
const STEP_DOWN = 0.93

/** Starts at the upper bound: a known limit is used at once. */
export function startRate(ceiling: number): LearnedRate {
  return { ceiling, rate: ceiling, base: ceiling, tooHigh: Infinity, refusedAt: undefined, accepted: 0 }
}

/** After an accepted call: additive growth once it is time for it. */
export function afterAccepted(state: LearnedRate, now: number): LearnedRate {
  if (state.refusedAt === undefined) return state
  const accepted = state.accepted + 1
  if (state.rate >= state.ceiling) return { ...state, accepted }
  const grownFor = now - state.refusedAt - quietMs(state)
  if (grownFor <= 0) return { ...state, accepted }
  const seconds = grownFor / 1_000
  const step = isKnown(state)
    ? PROBE_STEP * Math.min(seconds, MOVED_AFTER_S) + MOVED_STEP * Math.max(0, seconds - MOVED_AFTER_S)
    : MOVED_STEP * seconds
  return { ...state, accepted, rate: Math.min(state.ceiling, state.base * (1 + step)) }
}

/**
 * After a refused call. Between two refusals the bucket went from empty to empty, so the calls accepted in between are
 * the carrier's own rate, give or take one call.
 */
export function afterRefused(state: LearnedRate, now: number): LearnedRate {
  const rate = rateAfterRefusal(state, now)
  return { ...state, rate, base: rate, tooHigh: state.rate, refusedAt: now, accepted: 0 }
}

function rateAfterRefusal(state: LearnedRate, now: number): number {
  if (state.refusedAt === undefined || now <= state.refusedAt) return state.rate / 2
  const measured = ((state.accepted + 1) * 1_000) / (now - state.refusedAt)
  const isProbe = state.rate > state.base
  if (isProbe && isKnown(state) && state.rate <= state.base * SAME_LIMIT) {
    return Math.max(state.base, Math.min(measured * 0.99, state.rate * 0.97))
  }
  // While it grew, calls went out below the limit for a time: the measurement is then only a lower bound.
  if (isProbe) return state.rate * STEP_DOWN
  return Math.max(state.rate / 2, Math.min(measured * 0.97, state.rate * STEP_DOWN))
}

function isKnown(state: LearnedRate): boolean {
  return state.base >= state.tooHigh * KNOWN_SHARE || state.base >= state.ceiling
}

function quietMs(state: LearnedRate): number {
  return isKnown(state) ? PROBE_AFTER_MS : LEARN_AFTER_MS
}
