/**
 * What is known about the carrier's call rate: an upper bound from the options, and a working rate below it once
 * refusals have shown one. Rates are calls a second, instants epoch milliseconds.
 */
export interface LearnedRate {
  readonly ceiling: number
  /** The rate to call at. */
  readonly rate: number
  /** The rate before the present growth. */
  readonly base: number
  /** What the carrier was measured to accept; 0 before the first measurement. */
  readonly measured: number
  /** Does `base` rest on that measurement, and not on a guess? */
  readonly isMeasured: boolean
  /** The last lowering by measurement: the rate before it, and refusals a call then. */
  readonly cure: { readonly rate: number; readonly perCall: number } | undefined
  readonly immuneUntil: number
  /** The last time the rate was lowered or a try above it was refused. */
  readonly loweredAt: number
  /** When a guessed rate began to grow. */
  readonly grownFrom: number
  readonly window: RefusalWindow | undefined
}

/**
 * Calls between refusals. At a refusal the carrier's bucket is empty, so from one refusal to another it accepts just
 * what it refills: its own rate, give or take one call.
 */
interface RefusalWindow {
  readonly startedAt: number
  readonly accepted: number
  /** Since the last refusal. */
  readonly acceptedInRow: number
  readonly refusals: number
  /** Refused since the last accepted call. */
  readonly inRow: number
}

/** A rate that was measured is tried to be exceeded this long after the last attempt: one probe a minute. */
const PROBE_AFTER_MS = 60_000
/** A rate that was guessed grows again after this many calls without a refusal. */
const REGROW_AFTER_CALLS = 20
/** Growth a second, as a share of the base: careful at first, faster once the limit has clearly moved. */
const PROBE_STEP = 0.02
const REGROW_STEP = 0.1
const MOVED_AFTER_S = 10
/** A probe refused below this multiple of its base says that the limit has not moved. */
const SAME_LIMIT = 1.25
/** A measurement is complete after this many accepted calls and refusals, or after this many accepted calls alone. */
const MEASURED_CALLS = 20
const MEASURED_REFUSALS = 4
const MEASURED_CALLS_ALONE = 100
/** Kept below the measurement, so that it is not exceeded by its own error. */
const SAFE_SHARE = 0.97
/** The most that a few refusals among many calls may cost. */
const SLIGHT_SHARE = 0.95
/** Within this many calls after a lowering the refusals tell whether it helped. */
const CURE_CALLS = 250
/** So long are refusals that going slower does not cure taken as they come. */
const IMMUNE_MS = 60_000
/** Before a measurement is complete, only a gross excess is acted upon. */
const GROSS_SHARE = 0.6
const GROSS_IN_ROW = 3

/** Starts at the upper bound: a known limit is used at once. */
export function startRate(ceiling: number): LearnedRate {
  return {
    ceiling,
    rate: ceiling,
    base: ceiling,
    measured: 0,
    isMeasured: false,
    cure: undefined,
    immuneUntil: 0,
    loweredAt: 0,
    grownFrom: 0,
    window: undefined,
  }
}

/** After an accepted call: additive growth once it is time for it. */
export function afterAccepted(state: LearnedRate, now: number): LearnedRate {
  const { window } = state
  if (window === undefined) return state
  const counted: LearnedRate = {
    ...state,
    window: { ...window, accepted: window.accepted + 1, acceptedInRow: window.acceptedInRow + 1, inRow: 0 },
  }
  if (state.rate >= state.ceiling) return counted
  if (!state.isMeasured && window.acceptedInRow < REGROW_AFTER_CALLS) return { ...counted, grownFrom: now }
  const seconds = (now - (state.isMeasured ? state.loweredAt + PROBE_AFTER_MS : state.grownFrom)) / 1_000
  if (seconds <= 0) return counted
  const step = state.isMeasured
    ? PROBE_STEP * Math.min(seconds, MOVED_AFTER_S) + REGROW_STEP * Math.max(0, seconds - MOVED_AFTER_S)
    : REGROW_STEP * seconds
  return { ...counted, rate: Math.min(state.ceiling, state.base * (1 + step)) }
}

/**
 * After a refused call. One refusal alone changes nothing: carriers refuse for other reasons too. Several measure the
 * rate.
 */
export function afterRefused(state: LearnedRate, now: number): LearnedRate {
  if (state.rate > state.base) return afterRefusedGrowth(state, now)
  const { window } = state
  if (window === undefined) return { ...state, window: newWindow(now) }
  const seen: RefusalWindow = { ...window, acceptedInRow: 0, refusals: window.refusals + 1, inRow: window.inRow + 1 }
  const measured = ((seen.accepted + 1) * 1_000) / Math.max(1, now - seen.startedAt)
  const isComplete =
    seen.accepted >= MEASURED_CALLS_ALONE || (seen.accepted >= MEASURED_CALLS && seen.refusals >= MEASURED_REFUSALS)
  if (isComplete) return afterMeasurement(state, seen, measured, now)
  const isGross =
    seen.inRow >= GROSS_IN_ROW || (seen.refusals > 2 && measured < state.rate * GROSS_SHARE && now >= state.immuneUntil)
  if (!isGross) return { ...state, window: seen }
  return lowered(state, Math.max(state.rate / 2, Math.min(state.rate, measured)), now, seen)
}

/**
 * Lowers the rate to what was measured. If the lowering before did not make refusals rarer, they have another cause: the
 * rate goes back up, and they are not answered by going slower for a while.
 */
function afterMeasurement(state: LearnedRate, seen: RefusalWindow, measured: number, now: number): LearnedRate {
  const perCall = seen.refusals / seen.accepted
  const { cure } = state
  if (cure !== undefined && seen.accepted <= CURE_CALLS && perCall > cure.perCall / 2) {
    const { rate } = cure
    return {
      ...lowered(state, rate, now, newWindow(now)),
      measured: rate,
      isMeasured: true,
      immuneUntil: now + IMMUNE_MS,
    }
  }
  if (now < state.immuneUntil && measured >= state.rate * GROSS_SHARE) return { ...state, window: newWindow(now) }
  const isFew = seen.refusals < MEASURED_REFUSALS
  const rate = Math.min(state.rate, Math.max(measured * SAFE_SHARE, isFew ? state.rate * SLIGHT_SHARE : 0))
  return {
    ...lowered(state, rate, now, newWindow(now)),
    measured,
    isMeasured: true,
    cure: { rate: state.rate, perCall },
  }
}

/** A try above the working rate was refused: back to it, or, where the limit has moved, measure anew from here. */
function afterRefusedGrowth(state: LearnedRate, now: number): LearnedRate {
  const isSameLimit = state.isMeasured && state.rate <= state.base * SAME_LIMIT
  if (isSameLimit) return { ...state, rate: state.base, loweredAt: now, window: newWindow(now) }
  return { ...lowered(state, state.rate, now, newWindow(now)), isMeasured: false, measured: 0 }
}

function lowered(state: LearnedRate, rate: number, now: number, window: RefusalWindow): LearnedRate {
  return { ...state, rate, base: rate, loweredAt: now, isMeasured: false, cure: undefined, window }
}

function newWindow(now: number): RefusalWindow {
  return { startedAt: now, accepted: 0, acceptedInRow: 0, refusals: 1, inRow: 1 }
}
