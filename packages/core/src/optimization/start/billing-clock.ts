import { TZDate } from "@date-fns/tz"
import type { BillingPeriod } from "../../domain/mod.ts"

// Days are compared as dates of the billing time zone: a day has 23 or 25 hours twice a year.
const dayNumber = (at: number, timeZone: string): number => {
  const local = new TZDate(at, timeZone)
  return Date.UTC(local.getFullYear(), local.getMonth(), local.getDate()) / 86_400_000
}

/** Days from today to the last day of the period, in the billing time zone: 0 on the last day, negative after it. */
export function daysToLastDay(period: BillingPeriod, now: number): number {
  // The period ends before `endsAt`: where that is midnight, its last day is the one before.
  return dayNumber(period.endsAt - 1, period.timeZone) - dayNumber(now, period.timeZone)
}

/** Whether today is the last day of the period, in the billing time zone. */
export function isLastDay(period: BillingPeriod, now: number): boolean {
  return daysToLastDay(period, now) === 0
}

/** Scheduled optimizations run on the last eight days of a period, its last day among them. */
const SCHEDULED_DAYS = 8

/**
 * Whether a scheduled optimization of the period is due: on its last eight days, from the start hour on.
 *
 * @param startHour 0 to 23, in the billing time zone; `null` = never.
 */
export function isScheduled(period: BillingPeriod, startHour: number | null, now: number): boolean {
  if (startHour === null || now >= period.endsAt) return false
  const days = daysToLastDay(period, now)
  return days >= 0 && days < SCHEDULED_DAYS && new TZDate(now, period.timeZone).getHours() >= startHour
}

/** The date in the billing time zone, `2026-02-17`. */
export function localDate(at: number, timeZone: string): string {
  return new Date(dayNumber(at, timeZone) * 86_400_000).toISOString().slice(0, 10)
}
