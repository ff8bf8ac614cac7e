/** A call-rate limit that does not charge the calls it refuses. */
export interface TokenBucket {
  /** Takes one call if there is one left at `now`, epoch milliseconds. */
  take(now: number): boolean
}

/**
 * Part of a call that may be missing. Instants are near 2e12 ms, so their fractions carry a rounding error of 1e-4 ms;
 * without tolerance a caller at exactly the limit would lose every other call to it.
 */
const TOLERANCE = 0.001

/** A bucket that starts full. */
export function createTokenBucket(options: { callsPerSecond: number; burst: number }): TokenBucket {
  const { callsPerSecond, burst } = options
  let tokens = burst
  let filledAt: number | undefined

  return {
    take(now) {
      if (callsPerSecond === Number.POSITIVE_INFINITY) return true
      const elapsedMs = Math.max(0, now - (filledAt ?? now))
      tokens = Math.min(burst, tokens + (elapsedMs * callsPerSecond) / 1000)
      filledAt = now
      if (tokens < 1 - TOLERANCE) return false
      tokens -= 1
      return true
    },
  }
}
