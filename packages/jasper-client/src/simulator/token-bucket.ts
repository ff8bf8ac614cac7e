/** A call-rate limit that does not charge the calls it refuses. */
export interface TokenBucket {
  /** Takes one call if there is one left at `now`, epoch milliseconds. */
  take(now: number): boolean
}

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
      // A hair of tolerance: at exactly the limit, rounding must not refuse the call that is due.
      if (tokens < 1 - 1e-9) return false
      tokens -= 1
      return true
    },
  }
}
