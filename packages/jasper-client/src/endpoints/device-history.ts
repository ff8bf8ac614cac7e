import type { CallOptions } from "../call-options.ts"
import { createPaged, MAX_PAGE_SIZE } from "../paged-list.ts"
import type { ListOptions, Paged } from "../paging.ts"
import type { Caller } from "../transport/caller.ts"
import { type AuditEntry, auditPageSchema } from "../wire/audit-entry.ts"
import { formatCarrierDate } from "../wire/carrier-date.ts"
import { checkIccid } from "../wire/iccid.ts"
import { type Location, locationPageSchema } from "../wire/location.ts"
import { readAnswer } from "../wire/read-answer.ts"
import { type Session, sessionSchema } from "../wire/session.ts"
import { type ZoneUsage, zoneUsageSchema } from "../wire/zone-usage.ts"

/** Which zone usage to read. */
export interface ZoneUsageQuery extends CallOptions {
  /** First day of the current cycle or of one of the two before it, `yyyy-MM-dd`; absent means the current one. */
  readonly cycleStartDate?: string
  readonly ratePlan?: string
  readonly zone?: string
}

/** Which audit entries to list. */
export interface AuditQuery extends ListOptions {
  /** 1 to 365. @default 30 */
  readonly daysOfHistory?: number
}

/** Which positions to list; without `fromDate` the carrier gives the two newest. */
export interface LocationQuery extends ListOptions {
  readonly fromDate?: Date | number | string
  readonly toDate?: Date | number | string
}

/** Usage of one device by zone. */
export async function getZoneUsage(call: Caller, iccid: string, query: ZoneUsageQuery = {}): Promise<ZoneUsage> {
  const { cycleStartDate, ratePlan, zone, ...options } = query
  if (cycleStartDate !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(cycleStartDate)) {
    throw new RangeError(`Cannot read zone usage: cycleStartDate must be yyyy-MM-dd, got ${cycleStartDate}`)
  }
  const params = new URLSearchParams()
  // This one resource wants the zone letter after the day.
  if (cycleStartDate !== undefined) params.set("cycleStartDate", `${cycleStartDate}Z`)
  if (ratePlan !== undefined) params.set("ratePlan", ratePlan)
  if (zone !== undefined) params.set("zone", zone)
  const suffix = params.size > 0 ? `?${params}` : ""
  const answer = await call({ method: "GET", path: `/devices/${checkIccid(iccid)}/usageInZone${suffix}` }, options)
  return readAnswer(zoneUsageSchema(), answer)
}

/** The current or last data session of one device. */
export async function getSession(call: Caller, iccid: string, options: CallOptions = {}): Promise<Session> {
  const answer = await call({ method: "GET", path: `/devices/${checkIccid(iccid)}/sessionInfo` }, options)
  return readAnswer(sessionSchema(), answer)
}

/** What was changed on one device, newest first: the reverse of device search. */
export function listAuditTrail(call: Caller, iccid: string, query: AuditQuery = {}): Paged<AuditEntry> {
  const { daysOfHistory = 30, ...options } = query
  if (!Number.isInteger(daysOfHistory) || daysOfHistory < 1 || daysOfHistory > 365) {
    throw new RangeError(`Cannot list the audit trail: daysOfHistory must be 1 to 365, got ${daysOfHistory}`)
  }
  const params = { daysOfHistory: String(daysOfHistory), pageSize: String(MAX_PAGE_SIZE) }
  const path = `/devices/${checkIccid(iccid)}/auditTrails`
  return createPaged(call, { path, query: params, read: (answer) => readAnswer(auditPageSchema(), answer) }, options)
}

/** Where one device was. An extra-cost feature on most operators. */
export function listLocations(call: Caller, iccid: string, query: LocationQuery = {}): Paged<Location> {
  const { fromDate, toDate, ...options } = query
  const params: Record<string, string> = { pageSize: String(MAX_PAGE_SIZE) }
  if (fromDate !== undefined) params.fromDate = formatCarrierDate(fromDate)
  if (toDate !== undefined) params.toDate = formatCarrierDate(toDate)
  const path = `/devices/${checkIccid(iccid)}/locationHistory`
  return createPaged(call, { path, query: params, read: (answer) => readAnswer(locationPageSchema(), answer) }, options)
}
