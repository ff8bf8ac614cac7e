import { type AuditRow, displayStatus } from "../audit-log.ts"
import { answerJson, type SimulatorAnswer } from "../call.ts"
import { CarrierError } from "../carrier-error.ts"
import { checkParameters, placePage, readPageRequest, readProjection } from "../query.ts"
import { formatStyleB } from "../wire-dates.ts"
import { type EndpointCall, findDevice, requireAdvantage } from "./endpoint.ts"

const DAY_MS = 86_400_000

/** GET `/devices/{iccid}/auditTrails`: what changed, newest first, other than the search. */
export function listAuditTrail(call: EndpointCall): SimulatorAnswer {
  const { carrier, query, now } = call
  requireAdvantage(call)
  checkParameters(query, ["daysOfHistory", "pageSize", "pageNumber"])
  const id = findDevice(call)
  const days = readDays(query.get("daysOfHistory"))
  const page = readPageRequest(query, carrier.options.modes)
  const rows = rowsOf(call, id).filter((row) => row.at > now - days * DAY_MS)
  const { start, lastPage } = placePage(page, rows.length, carrier.options.modes)
  const project = readProjection(query)
  return answerJson(200, {
    iccid: call.subject,
    timestamp: formatStyleB(now),
    pageNumber: page.pageNumber,
    lastPage,
    deviceAuditTrails: rows.slice(start, start + page.pageSize).map((row) => project(wireRow(call, row))),
  })
}

function readDays(text: string | null): number {
  if (text === null) return 30
  const days = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (days < 1) throw new CarrierError("10000011")
  if (days > 365) throw new CarrierError("10000049")
  return days
}

/** Newest first; the activation that the seed made comes last. */
function rowsOf({ carrier: { state } }: EndpointCall, id: number): readonly AuditRow[] {
  const rows = [...state.audit.of(id)].reverse()
  const { dateActivated } = state.trueRecord(id)
  if (dateActivated === null || rows.some((row) => row.at === dateActivated)) return rows
  const activation = {
    field: "SIM Status",
    priorValue: displayStatus("ACTIVATION_READY"),
    value: displayStatus("ACTIVATED"),
    at: dateActivated,
  }
  return [...rows, activation]
}

function wireRow({ carrier }: EndpointCall, { field, priorValue, value, at }: AuditRow) {
  return {
    field,
    ...(priorValue === "" ? {} : { priorValue }),
    value,
    effectiveDate: formatStyleB(at),
    status: "Completed",
    userName: carrier.options.credentials.username,
    delegatedUser: null,
    ipAddress: "192.0.2.10",
  }
}
