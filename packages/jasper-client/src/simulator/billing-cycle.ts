/** One billing cycle of the operator: a calendar month in its own time. */
export interface BillingCycle {
  /** Months since the start of 1970; tells cycles apart. */
  readonly index: number
  /** Epoch milliseconds, included. */
  readonly startsAt: number
  /** Epoch milliseconds, excluded. */
  readonly endsAt: number
}

const HOUR_MS = 3_600_000

/**
 * The cycle that an instant falls into.
 *
 * @param utcOffsetHours Where the operator is: cycles start at its midnight, which is not UTC's.
 */
export function cycleAt(instant: number, utcOffsetHours: number): BillingCycle {
  const local = new Date(instant + utcOffsetHours * HOUR_MS)
  return cycleOf((local.getUTCFullYear() - 1970) * 12 + local.getUTCMonth(), utcOffsetHours)
}

/** The cycle with this index. */
export function cycleOf(index: number, utcOffsetHours: number): BillingCycle {
  const midnight = (month: number): number => Date.UTC(1970, month, 1) - utcOffsetHours * HOUR_MS
  return { index, startsAt: midnight(index), endsAt: midnight(index + 1) }
}
