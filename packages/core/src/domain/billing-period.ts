import { TZDate } from "@date-fns/tz"

/** When a provider's billing periods end. */
export interface BillingSchedule {
  /** Day of the month, 1 to 31; in a shorter month its last day. */
  readonly endDay: number
  /** Hour of that day, 0 to 23, in `timeZone`. */
  readonly endHour: number
  /** IANA zone, for example `America/New_York`. */
  readonly timeZone: string
}

/** One concrete billing period: `[startsAt, endsAt)`, epoch milliseconds. */
export interface BillingPeriod {
  readonly startsAt: number
  readonly endsAt: number
  readonly timeZone: string
}

/**
 * The billing period that holds `at`.
 *
 * @param schedule End day and hour in the provider's zone.
 * @param at Epoch milliseconds.
 * @example
 * ```ts
 * import { billingPeriodAt } from "@altaworx/core/domain"
 *
 * const period = billingPeriodAt({ endDay: 18, endHour: 22, timeZone: "UTC" }, Date.UTC(2026, 1, 10))
 * console.log(new Date(period.endsAt).toISOString()) // "2026-02-18T22:00:00.000Z"
 * ```
 */
export function billingPeriodAt(schedule: BillingSchedule, at: number): BillingPeriod {
  const local = new TZDate(at, schedule.timeZone)
  const month = local.getFullYear() * 12 + local.getMonth()
  const thisEnd = endInMonth(schedule, month)
  return at < thisEnd
    ? { startsAt: endInMonth(schedule, month - 1), endsAt: thisEnd, timeZone: schedule.timeZone }
    : { startsAt: thisEnd, endsAt: endInMonth(schedule, month + 1), timeZone: schedule.timeZone }
}

/** @param month Months since year 0, so that stepping over a year needs no case. */
function endInMonth(schedule: BillingSchedule, month: number): number {
  const year = Math.floor(month / 12)
  const index = month - year * 12
  const lastDay = new Date(Date.UTC(year, index + 1, 0)).getUTCDate()
  const day = Math.min(schedule.endDay, lastDay)
  return new TZDate(year, index, day, schedule.endHour, schedule.timeZone).getTime()
}

/** Whole days in the period, at least 1. */
export function daysIn(period: BillingPeriod): number {
  return Math.max(1, Math.round((period.endsAt - period.startsAt) / 86_400_000))
}
