import { TZDate } from "@date-fns/tz"
import { CoreError } from "../errors/mod.ts"

/** When something recurs: the values of each field that fit. */
export interface CronRule {
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly daysOfMonth: readonly number[]
  readonly months: readonly number[]
  readonly daysOfWeek: readonly number[]
  /** Cron's own rule: where both kinds of day are given, either may fit. */
  readonly isEitherDay: boolean
}

const FIELDS = [
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day of month", min: 1, max: 31 },
  { name: "month", min: 1, max: 12 },
  { name: "day of week", min: 0, max: 7 },
] as const

// 29 February comes after at most eight years; nothing that comes at all comes later.
const DAYS_LOOKED_AT = 366 * 9

/**
 * Reads a rule of five fields: minute, hour, day of month, month, day of week (0 and 7 are Sunday), each `*`, a number, a
 * range `1-5`, a range with a step `0-30/15`, or a list of these; a step may follow the star too.
 *
 * @throws {CoreError} `input.invalid` if it is none. The message names the field.
 */
export function parseCron(text: string): CronRule {
  const fields = text.trim().split(/\s+/)
  if (fields.length !== FIELDS.length) throw refused(text, "expected five fields")
  const [minutes = [], hours = [], daysOfMonth = [], months = [], days = []] = FIELDS.map((field, i) =>
    valuesOf(fields[i] ?? "", field, text),
  )
  return {
    minutes,
    hours,
    daysOfMonth,
    months,
    daysOfWeek: [...new Set(days.map((day) => day % 7))].sort((a, b) => a - b),
    isEitherDay: fields[2] !== "*" && fields[4] !== "*",
  }
}

function valuesOf(text: string, field: (typeof FIELDS)[number], whole: string): readonly number[] {
  const values = new Set<number>()
  for (const part of text.split(",")) {
    const match = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part)
    const from = match?.[1] === undefined ? field.min : Number(match[1])
    // `5/10` means from 5 on; `5` alone means 5.
    const to = match?.[2] !== undefined ? Number(match[2]) : match?.[1] === undefined || match[3] ? field.max : from
    const step = match?.[3] === undefined ? 1 : Number(match[3])
    if (!match || from < field.min || to > field.max || from > to || step < 1) {
      throw refused(whole, `"${part}" is no ${field.name}`)
    }
    for (let value = from; value <= to; value += step) values.add(value)
  }
  return [...values].sort((a, b) => a - b)
}

/**
 * The first instant after `after` at which the rule fires in a time zone, epoch milliseconds; `undefined` where it never
 * does, as on 30 February. What falls into an hour that the zone skips fires right after it.
 */
export function nextFireAt(rule: CronRule, timeZone: string, after: number): number | undefined {
  const start = new TZDate(after, timeZone)
  for (let i = 0; i < DAYS_LOOKED_AT; i++) {
    const day = new Date(Date.UTC(start.getFullYear(), start.getMonth(), start.getDate() + i))
    if (!fitsDay(rule, day)) continue
    const times = rule.hours.flatMap((hour) =>
      rule.minutes.map((minute) =>
        new TZDate(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate(), hour, minute, timeZone).getTime(),
      ),
    )
    const next = Math.min(...times.filter((at) => at > after))
    if (next !== Number.POSITIVE_INFINITY) return next
  }
  return undefined
}

function fitsDay(rule: CronRule, day: Date): boolean {
  if (!rule.months.includes(day.getUTCMonth() + 1)) return false
  const ofMonth = rule.daysOfMonth.includes(day.getUTCDate())
  const ofWeek = rule.daysOfWeek.includes(day.getUTCDay())
  return rule.isEitherDay ? ofMonth || ofWeek : ofMonth && ofWeek
}

function refused(text: string, reason: string): CoreError {
  return new CoreError("input.invalid", `Cannot read the schedule "${text}": ${reason}`, { field: "cron" })
}
