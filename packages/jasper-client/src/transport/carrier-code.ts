import type { JasperErrorCode } from "../errors.ts"

/** The carrier's code for an exceeded call rate. Its HTTP status is not known: 400 and 429 were both seen. */
const RATE_LIMIT_CODE = "40000029"

/** A page number past the end of a list, among other bad page numbers. */
export const BAD_PAGE_NUMBER_CODE = "10000007"

/** The SIM is already activated. */
export const ALREADY_ACTIVATED_CODE = "10030000"

const FORBIDDEN = new Set(["10000008", "10000009", "10000010", "10000030", "10000062", "10000079", "10000080"])

/**
 * What a carrier code means to a caller, by code first and HTTP status second.
 *
 * @returns undefined when neither says it is an error.
 */
export function errorCodeOf(carrierCode: string | undefined, status: number): JasperErrorCode | undefined {
  if (carrierCode === RATE_LIMIT_CODE || status === 429) return "limit.rate"
  if (carrierCode === "10000001" || status === 401) return "auth.unauthorized"
  if (carrierCode !== undefined) {
    if (carrierCode === "10000045") return "limit.look_back"
    if (FORBIDDEN.has(carrierCode)) return "auth.forbidden"
    if (/^2000\d{4}$/.test(carrierCode)) return "request.not_found"
    if (/^3000\d{4}$/.test(carrierCode)) return "carrier.unavailable"
    if (status >= 500) return "carrier.unavailable"
    return status === 403 ? "auth.forbidden" : "request.invalid"
  }
  if (status >= 500 || status === 408) return "carrier.unavailable"
  if (status === 403) return "auth.forbidden"
  if (status === 404) return "request.not_found"
  if (status >= 400) return "request.invalid"
  if (status >= 300 || status === 0) return "request.wrong_host"
  return undefined
}
