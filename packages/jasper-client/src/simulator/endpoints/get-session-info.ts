import { answerJson, type SimulatorAnswer } from "../call.ts"
import { checkParameters, readProjection } from "../query.ts"
import { formatStyleA } from "../wire-dates.ts"
import { type EndpointCall, findDevice } from "./endpoint.ts"

const MINUTE_MS = 60_000

/** GET `/devices/{iccid}/sessionInfo`: never in session, online, or offline. */
export function getSessionInfo(call: EndpointCall): SimulatorAnswer {
  const { carrier, query, now } = call
  checkParameters(query, [])
  const id = findDevice(call)
  const { fleet, state, options } = carrier
  const { status, dateActivated } = state.shownRecord(id)
  const nothing = options.modes.missingIpAddress === "text" ? "null" : null
  const trait = fleet.traitOf(id, 240)
  const hadSession = dateActivated !== null && fleet.habitOf(id).homeBytes > 0
  const isOnline = hadSession && status === "ACTIVATED" && trait < 90
  const startedAt = Math.floor(now / MINUTE_MS) * MINUTE_MS - (trait + 1) * MINUTE_MS
  const address = `10.${(id >> 16) & 255}.${(id >> 8) & 255}.${id & 255}`
  return answerJson(
    200,
    readProjection(query)({
      iccid: call.subject,
      ipAddress: isOnline ? address : nothing,
      ...(isOnline && trait % 8 === 0 ? { ipv6Address: `2001:db8::${(id & 0xffff).toString(16)}` } : {}),
      dateSessionStarted: hadSession ? formatStyleA(startedAt) : null,
      dateSessionEnded: hadSession && !isOnline ? formatStyleA(startedAt + MINUTE_MS) : null,
    }),
  )
}
