import { answerJson, type SimulatorAnswer } from "../call.ts"
import { CarrierError } from "../carrier-error.ts"
import { deviceIdentity } from "../device-identity.ts"
import { ACCOUNT_ID } from "../account.ts"
import { checkParameters, parseJsonObject, placePage, readDateTime, readPageRequest, readProjection } from "../query.ts"
import { formatStyleA } from "../wire-dates.ts"
import { type EndpointCall, findDevice } from "./endpoint.ts"

/** Longest text by data coding; without a coding it is split into two messages. */
const LONGEST: Readonly<Record<string, number>> = { "": 320, "0": 160, "1": 160, "3": 160, "4": 140, "8": 70 }

/** POST `/devices/{iccid}/smsMessages`: not idempotent, a repeated call sends a second message. */
export function sendMessage(call: EndpointCall): SimulatorAnswer {
  const { carrier, now } = call
  const id = findDevice(call)
  const body = parseJsonObject(call.body)
  const { messageText, messageEncoding = "LITERAL", dataCoding, tpvp } = body
  if (typeof messageText !== "string" || messageText === "") throw new CarrierError("10000011")
  if (messageEncoding !== "LITERAL" && messageEncoding !== "BASE64") throw new CarrierError("10000017")
  const longest = LONGEST[textOf(dataCoding)]
  if (longest === undefined) throw new CarrierError("10000018")
  if (tpvp !== undefined && !(Number(tpvp) >= 0 && Number(tpvp) <= 255)) throw new CarrierError("10000019")
  if (messageText.length > longest) throw new CarrierError("10000020")
  const { smsMsgId } = carrier.messages.send({ at: now, iccid: carrier.fleet.iccidOf(id), messageText })
  return answerJson(200, { smsMsgId })
}

/** GET `/smsMessages`: ids alone, oldest first. */
export function searchMessages({ carrier, query }: EndpointCall): SimulatorAnswer {
  const { modes } = carrier.options
  checkParameters(query, ["fromDate", "toDate", "accountId", "iccid", "msgType", "pageSize", "pageNumber"])
  const accountId = query.get("accountId")
  if (accountId !== null && accountId !== ACCOUNT_ID) throw new CarrierError("10000004")
  const from = readDateTime(query, "fromDate", modes)
  if (from === undefined) throw new CarrierError("10000022")
  const to = readDateTime(query, "toDate", modes) ?? Number.POSITIVE_INFINITY
  if (to < from) throw new CarrierError("10000027")
  const page = readPageRequest(query, modes)
  const iccid = query.get("iccid")
  const found =
    query.get("msgType") === "MO"
      ? []
      : carrier.messages.all.filter(
          (message) => message.at >= from && message.at <= to && (iccid === null || message.iccid === iccid),
        )
  const { start, lastPage } = placePage(page, found.length, modes)
  const smsMsgIds = found.slice(start, start + page.pageSize).map((message) => message.smsMsgId)
  return answerJson(200, { smsMsgIds, pageNumber: page.pageNumber, lastPage })
}

/** GET `/smsMessages/{smsMsgId}`. */
export function getMessage({ carrier, query, subject }: EndpointCall): SimulatorAnswer {
  checkParameters(query, ["messageEncoding"])
  const message = carrier.messages.all.find(({ smsMsgId }) => String(smsMsgId) === subject)
  if (message === undefined) throw new CarrierError("20000002")
  const { fleet, options } = carrier
  const id = fleet.idOf(message.iccid)
  return answerJson(
    200,
    readProjection(query)({
      smsMsgId: message.smsMsgId,
      status: "Delivered",
      messageText: message.messageText,
      senderLogin: options.credentials.username,
      sentTo: deviceIdentity(carrier, id).msisdn,
      sentFrom: "Server",
      msgType: "MT",
      dateSent: formatStyleA(message.at),
      dateReceived: formatStyleA(message.at + 1_000),
      dateModified: formatStyleA(message.at + 4_000),
    }),
  )
}

/** Documents disagree whether codings are numbers or strings; both are understood. */
function textOf(value: unknown): string {
  if (value === undefined) return ""
  return typeof value === "number" || typeof value === "string" ? String(value) : "?"
}
