/** Delays between attempts, resolved. All in milliseconds. */
export interface Backoff {
  readonly baseMs: number
  readonly maxMs: number
  /** Attempts at one call, the first included. */
  readonly maxAttempts: number
}

/** Doubling beyond this changes nothing for any sensible cap, and keeps the power finite. */
const MAX_DOUBLINGS = 30

/** A carrier that names a longer wait than this is treated as if it named this one. */
const MAX_RETRY_AFTER_MS = 3_600_000

/**
 * Fills in and checks the back-off options.
 *
 * @throws {RangeError} If a number is out of range.
 */
export function resolveBackoff(options: Partial<Backoff> = {}): Backoff {
  const { baseMs = 1_000, maxMs = 60_000, maxAttempts = 8 } = options
  if (!(baseMs >= 0) || !(maxMs >= baseMs)) {
    throw new RangeError(`Cannot back off: need 0 <= baseMs <= maxMs, got ${baseMs} and ${maxMs}`)
  }
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1) {
    throw new RangeError(`Cannot back off: maxAttempts must be a whole number from 1, got ${maxAttempts}`)
  }
  return { baseMs, maxMs, maxAttempts }
}

/**
 * How long to wait after the given failure. Full jitter: anything from 0 to the doubled and capped base, so that
 * clients which failed together do not come back together. The server's own word comes first, with a small spread on
 * top and never below it.
 *
 * @param failures Failures in a row, from 1.
 * @param retryAfterMs What the server asked for, when it did.
 * @param random 0 (included) to 1 (excluded).
 * @returns Milliseconds.
 */
export function nextDelayMs(
  failures: number,
  retryAfterMs: number | undefined,
  backoff: Backoff,
  random: () => number,
): number {
  if (retryAfterMs !== undefined) {
    return Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) + random() * Math.min(backoff.baseMs, 1_000)
  }
  const doublings = Math.min(failures - 1, MAX_DOUBLINGS)
  return random() * Math.min(backoff.maxMs, backoff.baseMs * 2 ** doublings)
}
