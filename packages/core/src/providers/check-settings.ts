import { CoreError } from "../errors/mod.ts"
import { endpointFault } from "./check-endpoint.ts"
import type { ServiceProviderSettings } from "./service-provider.ts"

/**
 * Settings with their defaults filled in.
 *
 * @throws {CoreError} `input.invalid` with the field's name. The message repeats no credentials.
 */
export function checkSettings(settings: ServiceProviderSettings): Required<ServiceProviderSettings> & {
  readonly billingPeriodEndHour: number
} {
  const { billingPeriodEndDay: day, timeZone, usesProration = false } = settings
  const hour = settings.billingPeriodEndHour ?? 0
  const startHour = settings.optimizationStartHour ?? null
  const integrationType = text(settings, "integrationType")
  const { name, username, apiKey } = checkCredentials(settings)
  const fault = endpointFault(settings.baseUrl)
  if (fault !== undefined) throw refused("baseUrl", fault)
  if (!Number.isInteger(day) || day < 1 || day > 31) throw refused("billingPeriodEndDay", `1 to 31, got ${day}`)
  if (!Number.isInteger(hour) || hour < 0 || hour > 23) throw refused("billingPeriodEndHour", `0 to 23, got ${hour}`)
  if (startHour !== null && (!Number.isInteger(startHour) || startHour < 0 || startHour > 23)) {
    throw refused("optimizationStartHour", `0 to 23, got ${startHour}`)
  }
  if (!isTimeZone(timeZone)) throw refused("timeZone", `it must be an IANA zone, got ${JSON.stringify(timeZone)}`)
  if (typeof usesProration !== "boolean") throw refused("usesProration", "it must be true or false")
  return {
    name,
    integrationType,
    baseUrl: settings.baseUrl,
    username,
    apiKey,
    billingPeriodEndDay: day,
    billingPeriodEndHour: hour,
    timeZone,
    usesProration,
    optimizationStartHour: startHour,
    defaultSiteId: settings.defaultSiteId ?? null,
  }
}

type NamedCredentials = Pick<ServiceProviderSettings, "name" | "username" | "apiKey">

/** @throws {CoreError} `input.invalid` with the field's name. The message repeats no credentials. */
export function checkCredentials(credentials: NamedCredentials): NamedCredentials {
  const name = text(credentials, "name")
  const username = text(credentials, "username")
  const apiKey = credentials.apiKey
  if (typeof apiKey !== "string" || !/^[^\p{Cc}]{1,1000}$/u.test(apiKey)) {
    throw refused("apiKey", "it must have 1 to 1000 characters and no control characters")
  }
  return { name, username, apiKey }
}

function text(settings: Partial<ServiceProviderSettings>, field: "name" | "integrationType" | "username"): string {
  const value: unknown = settings[field]
  const trimmed = typeof value === "string" ? value.trim() : ""
  if (!/^[^\p{Cc}]{1,200}$/u.test(trimmed)) {
    throw refused(field, "it must have 1 to 200 characters and no control characters")
  }
  return trimmed
}

function isTimeZone(zone: unknown): boolean {
  // Bare offsets pass Intl on some runtimes, but know no daylight saving: a period's end would shift twice a year.
  if (typeof zone !== "string" || !/^[A-Za-z]/.test(zone)) return false
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone })
    return true
  } catch {
    return false
  }
}

function refused(field: string, reason: string): CoreError {
  return new CoreError("input.invalid", `Cannot use the service provider's ${field}: ${reason}`, { field })
}
