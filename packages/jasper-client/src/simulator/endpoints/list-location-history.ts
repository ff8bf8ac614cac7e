import { answerJson, type SimulatorAnswer } from "../call.ts"
import { CarrierError } from "../carrier-error.ts"
import type { Fleet } from "../fleet.ts"
import { checkParameters, placePage, readDateTime, readPageRequest, readProjection } from "../query.ts"
import { formatStyleA } from "../wire-dates.ts"
import { type EndpointCall, findDevice } from "./endpoint.ts"

const DAY_MS = 86_400_000
const KEPT_DAYS = 90

/** GET `/devices/{iccid}/locationHistory`: without `fromDate` the two newest places only. */
export function listLocationHistory(call: EndpointCall): SimulatorAnswer {
  const { carrier, query, now } = call
  const { fleet, options } = carrier
  checkParameters(query, ["fromDate", "toDate", "pageSize", "pageNumber"])
  const id = findDevice(call)
  if (!options.modes.locationTracking) throw new CarrierError("10000602")
  const from = readDateTime(query, "fromDate", options.modes)
  const to = readDateTime(query, "toDate", options.modes) ?? now
  if (from !== undefined && to < from) throw new CarrierError("10000027")
  const page = readPageRequest(query, options.modes)

  // One place a day, at the SIM's own hour, newest first.
  const hourMs = fleet.traitOf(id, 24) * 3_600_000
  const today = Math.floor((now - hourMs) / DAY_MS)
  const days = Array.from({ length: KEPT_DAYS }, (_, i) => today - i)
  const known = days.filter((day) => day * DAY_MS + hourMs <= to && day * DAY_MS + hourMs >= (from ?? 0))
  const wanted = from === undefined ? known.slice(0, 2) : known
  const { start, lastPage } = placePage(page, wanted.length, options.modes)
  const project = readProjection(query)
  return answerJson(200, {
    pageNumber: page.pageNumber,
    lastPage,
    simLocations: wanted
      .slice(start, start + page.pageSize)
      .map((day) => project({ iccid: call.subject, ...placeOn(fleet, id, day, hourMs) })),
  })
}

function placeOn(fleet: Fleet, id: number, day: number, hourMs: number) {
  const cell = (fleet.traitOf(id, 60_000) + day) % 65_000
  return {
    dateReceived: formatStyleA(day * DAY_MS + hourMs),
    cellId: String(cell),
    cellLac: String(cell % 900),
    servingMcc: "001",
    servingMnc: "01",
    latitude: (40 + (cell % 1_000) / 100).toFixed(4),
    longitude: (-100 + (cell % 700) / 10).toFixed(4),
    accuracy: String(200 + (cell % 1_500)),
    city: "Exampleton",
    state: "EX",
    country: "US",
  }
}
