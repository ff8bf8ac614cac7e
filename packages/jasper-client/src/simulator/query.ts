import { CarrierError, type CarrierErrorCode } from "./carrier-error.ts"
import type { ResolvedOptions } from "./options.ts"
import { parseRequestDateTime } from "./wire-dates.ts"

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
export function readPageRequest(query: URLSearchParams, modes: ResolvedOptions["modes"]): PageRequest {
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
  modes: ResolvedOptions["modes"],
): { readonly start: number; readonly lastPage: boolean } {
  const start = (pageNumber - 1) * pageSize
  const end = start + pageSize
  if (pageNumber > 1 && start >= total && modes.pastTheEnd === "error") throw new CarrierError("10000007")
  return { start, lastPage: end > total || (end === total && modes.lastPageAtExactMultiple) }
}

/** Reads a date-time parameter, or undefined where it is not given. */
export function readDateTime(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const instant = parseRequestDateTime(text)
  if (instant === undefined) throw new CarrierError("10000012")
  return instant
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
