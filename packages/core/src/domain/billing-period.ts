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
 * An end hour that the zone skips when its clocks go forward is taken by the clock before they did; one that comes twice,
 * the first time.
 *
 * @param schedule End day and hour in the provider's zone.
 * @param at Epoch milliseconds.
 * @throws {RangeError} If the schedule has no such day, hour or zone, or `at` is no instant.
 * @example
 * ```ts
 * import { billingPeriodAt } from "@altaworx/core/domain"
 *
 * const period = billingPeriodAt({ endDay: 18, endHour: 22, timeZone: "UTC" }, Date.UTC(2026, 1, 10))
 * console.log(new Date(period.endsAt).toISOString()) // "2026-02-18T22:00:00.000Z"
 * ```
 */
export function billingPeriodAt(schedule: BillingSchedule, at: number): BillingPeriod {
  checkSchedule(schedule)
  const local = new TZDate(at, schedule.timeZone)
  if (Number.isNaN(local.getTime())) throw new RangeError("Cannot find the billing period: the instant is no number")
  const month = local.getFullYear() * 12 + local.getMonth()
  const thisEnd = endInMonth(schedule, month)
  return at < thisEnd
    ? { startsAt: endInMonth(schedule, month - 1), endsAt: thisEnd, timeZone: schedule.timeZone }
    : { startsAt: thisEnd, endsAt: endInMonth(schedule, month + 1), timeZone: schedule.timeZone }
}

function checkSchedule({ endDay, endHour, timeZone }: BillingSchedule): void {
  if (!Number.isInteger(endDay) || endDay < 1 || endDay > 31) {
    throw new RangeError(`Cannot find the billing period: the end day must be 1 to 31, got ${endDay}`)
  }
  if (!Number.isInteger(endHour) || endHour < 0 || endHour > 23) {
    throw new RangeError(`Cannot find the billing period: the end hour must be 0 to 23, got ${endHour}`)
  }
  if (Number.isNaN(new TZDate(0, timeZone).getTime())) {
    throw new RangeError(`Cannot find the billing period: there is no time zone "${timeZone}"`)
  }
}

// By how much zones set their clocks back: two hours, one, or half of one.
const CLOCK_SHIFTS_MS = [7_200_000, 3_600_000, 1_800_000]

/** @param month Months since year 0, so that stepping over a year needs no case. */
function endInMonth(schedule: BillingSchedule, month: number): number {
  const year = Math.floor(month / 12)
  const index = month - year * 12
  const lastDay = new Date(Date.UTC(year, index + 1, 0)).getUTCDate()
  const day = Math.min(schedule.endDay, lastDay)
  const end = new TZDate(year, index, day, schedule.endHour, schedule.timeZone).getTime()
  // Of an hour that comes twice, the library gives the first in some zones and the second in others.
  const earlier = CLOCK_SHIFTS_MS.map((shift) => end - shift).find((at) => {
    const local = new TZDate(at, schedule.timeZone)
    return local.getDate() === day && local.getHours() === schedule.endHour && local.getMinutes() === 0
  })
  return earlier ?? end
}

/** Whole days in the period, at least 1. */
export function daysIn(period: BillingPeriod): number {
  return Math.max(1, Math.round((period.endsAt - period.startsAt) / 86_400_000))
}
