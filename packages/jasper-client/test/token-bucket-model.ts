/** The carrier's limit as a bucket of tokens; refused calls are not charged. */
export interface TokenBucket {
  /** Takes one token, if there is one. */
  take(now: number): boolean
  setRate(perSecond: number, now: number): void
  readonly accepted: number
  readonly refused: number
}

/** @param burst Tokens that a full bucket holds. */
export function createTokenBucketModel(perSecond: number, burst: number, start: number): TokenBucket {
  let tokens = burst
  let at = start
  let rate = perSecond
  let accepted = 0
  let refused = 0
  const refill = (now: number): void => {
    tokens = Math.min(burst, tokens + ((now - at) * rate) / 1_000)
    at = now
  }
  return {
    take: (now) => {
      refill(now)
      if (tokens < 1 - 1e-9) {
        refused += 1
        return false
      }
      tokens -= 1
      accepted += 1
      return true
    },
    setRate: (next, now) => {
      refill(now)
      rate = next
    },
    get accepted() {
      return accepted
    },
    get refused() {
      return refused
    },
  }
}
