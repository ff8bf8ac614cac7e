import { CarrierError, type CarrierErrorCode } from "./carrier-error.ts"
import { type BillingCycle, cycleAt, cycleOf } from "./billing-cycle.ts"
import type { SimulatorModes } from "./modes.ts"
import { parseRequestDateTime } from "./wire-dates.ts"

type Modes = Required<SimulatorModes>

/** The carrier's largest page. */
const MAX_PAGE_SIZE = 50

/** Which part of a list is asked for. */
export interface PageRequest {
  /** From 1. */
  readonly pageNumber: number
  readonly pageSize: number
}

/** Refuses parameters that an endpoint does not have; `fields` is one of every read. */
export function checkParameters(query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (name !== "fields" && !known.includes(name)) throw new CarrierError("10000028")
  }
}

/** Reads `pageNumber` and `pageSize`. */
export function readPageRequest(query: URLSearchParams, modes: Modes): PageRequest {
  const pageSize = readCount(query, "pageSize", MAX_PAGE_SIZE, "10000006")
  if (pageSize > MAX_PAGE_SIZE && modes.oversizedPage === "error") throw new CarrierError("10000006")
  return {
    pageNumber: readCount(query, "pageNumber", 1, "10000007"),
    pageSize: Math.min(pageSize, MAX_PAGE_SIZE),
  }
}

/** Position and last page of a page in a list of `total` items. */
export function placePage(
  { pageNumber, pageSize }: PageRequest,
  total: number,
  modes: Modes,
): { readonly start: number; readonly lastPage: boolean } {
  const start = (pageNumber - 1) * pageSize
  const end = start + pageSize
  if (pageNumber > 1 && start >= total && modes.pastTheEnd === "error") throw new CarrierError("10000007")
  return { start, lastPage: end > total || (end === total && modes.lastPageAtExactMultiple) }
}

/** Reads a date-time parameter, or undefined where it is not given. */
export function readDateTime(query: URLSearchParams, name: string, modes: Modes): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  // A raw plus has become a blank on its way here; only a tolerant release understands it.
  const instant = parseRequestDateTime(modes.rawPlus === "tolerate" ? text.replace(" ", "+") : text)
  if (instant === undefined) throw new CarrierError("10000012")
  return instant
}

/**
 * Reads `cycleStartDate`: the first day, in the operator's time, of the current cycle or one of the two before it.
 * Documents disagree whether a `Z` follows the day; both are understood.
 */
export function readCycle(query: URLSearchParams, now: number, { utcOffsetHours }: Modes): BillingCycle {
  const current = cycleAt(now, utcOffsetHours)
  const text = query.get("cycleStartDate")
  if (text === null) return current
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:Z|[+-]00:?00)?$/.exec(text)
  if (match === null) throw new CarrierError("10000012")
  const [, year, month, day] = match.map(Number)
  const index = ((year ?? 0) - 1970) * 12 + (month ?? 0) - 1
  if (day !== 1 || index > current.index || index < current.index - 2) throw new CarrierError("10000032")
  return cycleOf(index, utcOffsetHours)
}

/** Reads a body that has to be a JSON object. */
export function parseJsonObject(body: string): Readonly<Record<string, unknown>> {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    throw new CarrierError("10000023")
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw new CarrierError("10000023")
  return parsed as Readonly<Record<string, unknown>>
}

/** The projection that `fields=a,b` asks for. A list without a single name, as some scripts send, asks for all. */
export function readProjection(query: URLSearchParams): <T extends object>(item: T) => Partial<T> {
  const names = (query.get("fields") ?? "").split(",").filter((name) => name !== "")
  if (names.length === 0) return (item) => item
  return (item) =>
    Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name))) as Partial<typeof item>
}

function readCount(query: URLSearchParams, name: string, fallback: number, code: CarrierErrorCode): number {
  const text = query.get(name)
  if (text === null) return fallback
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (count < 1) throw new CarrierError(code)
  return count
}
