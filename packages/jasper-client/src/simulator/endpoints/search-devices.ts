import { ACCOUNT_ID } from "../account.ts"
import { answerJson, type SimulatorAnswer } from "../call.ts"
import { CarrierError } from "../carrier-error.ts"
import { isCustomField } from "../editable-fields.ts"
import type { DeviceRecord } from "../device-record.ts"
import type { SimulatorModes } from "../modes.ts"
import { checkParameters, placePage, readDateTime, readPageRequest, readProjection } from "../query.ts"
import { SIM_STATUSES } from "../status-transitions.ts"
import { sliceUnstable } from "../unstable-ties.ts"
import type { EndpointCall } from "./endpoint.ts"

const YEAR_MS = 366 * 86_400_000
const PARAMETERS = ["modifiedSince", "modifiedTill", "accountId", "status", "pageSize", "pageNumber"]

/**
 * GET `/devices`: the SIMs changed in a window, oldest change first, by position.
 *
 * The order is made at the time of the request and there is no snapshot, so a SIM that changes between two pages
 * moves to the end and everything behind it shifts by one place.
 */
export function searchDevices({ carrier, query, now }: EndpointCall): SimulatorAnswer {
  const { fleet, state, options } = carrier
  const { modes } = options
  const customFields = [...query.keys()].filter(isCustomField)
  checkParameters(query, [...PARAMETERS, ...customFields])
  const since = readDateTime(query, "modifiedSince", modes)
  if (since === undefined) throw new CarrierError("10000003")
  const till = readDateTime(query, "modifiedTill", modes) ?? Number.POSITIVE_INFINITY
  const accountId = query.get("accountId")
  if (accountId !== null && accountId !== ACCOUNT_ID) throw new CarrierError("10000004")
  const status = query.get("status")
  if (status !== null && !SIM_STATUSES.some((known) => known === status)) throw new CarrierError("10000005")
  const page = readPageRequest(query, modes)
  checkLookBack(since, till, now, modes)
  carrier.sawPage(page.pageNumber)

  const first = state.order.countBefore(since)
  const end = till === Number.POSITIVE_INFINITY ? state.order.size : state.order.countBefore(till + 1)
  const patterns = customFields.map((name) => [name, wildcard(query.get(name) ?? "")] as const)
  const isWanted = (record: DeviceRecord): boolean =>
    (status === null || record.status === status) &&
    patterns.every(([name, pattern]) => pattern.test(record.fields[name] ?? ""))

  let ids: readonly number[]
  let total = Math.max(0, end - first)
  let start: number
  let lastPage: boolean
  if (status === null && patterns.length === 0) {
    ;({ start, lastPage } = placePage(page, total, modes))
    const count = Math.max(0, Math.min(page.pageSize, total - start))
    ids = modes.unstableTies
      ? sliceUnstable(state, first + start, count, carrier.searches)
      : state.order.slice(first + start, count)
  } else {
    const wanted = state.order.slice(first, total).filter((id) => isWanted(state.shownRecord(id)))
    total = wanted.length
    ;({ start, lastPage } = placePage(page, total, modes))
    ids = wanted.slice(start, start + page.pageSize)
  }

  const project = readProjection(query)
  const devices = ids.map((id) => {
    const { status, ratePlan, communicationPlan } = state.shownRecord(id)
    return project({ iccid: fleet.iccidOf(id), status, ratePlan, communicationPlan })
  })
  const envelope = { pageNumber: page.pageNumber, devices, lastPage }
  return answerJson(200, modes.totalCount ? { ...envelope, totalCount: total } : envelope)
}

function checkLookBack(since: number, till: number, now: number, modes: Required<SimulatorModes>): void {
  if (since > now && modes.futureDates === "error") throw new CarrierError("10002119")
  const oldest = modes.lookBack === "oneYearSpan" ? Math.min(till, now) - YEAR_MS : now - YEAR_MS
  if (modes.lookBack !== "unlimited" && since < oldest) throw new CarrierError("10000045")
}

function wildcard(text: string): RegExp {
  const escaped = text.split("*").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
  return new RegExp(`^${escaped.join(".*")}$`)
}
