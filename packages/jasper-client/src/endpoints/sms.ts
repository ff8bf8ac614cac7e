import type { CallOptions } from "../call-options.ts"
import { createPaged, MAX_PAGE_SIZE } from "../paged-list.ts"
import type { ListOptions, Paged } from "../paging.ts"
import type { Caller } from "../transport/caller.ts"
import { formatCarrierDate } from "../wire/carrier-date.ts"
import { checkIccid } from "../wire/iccid.ts"
import { readAnswer } from "../wire/read-answer.ts"
import {
  type SmsDraft,
  type SmsMessage,
  smsIdPageSchema,
  smsMessageSchema,
  smsReceiptSchema,
} from "../wire/sms-message.ts"

/** Which messages to list. */
export interface SmsQuery extends ListOptions {
  readonly fromDate: Date | number | string
  readonly toDate?: Date | number | string
  readonly iccid?: string
  /** From a device (`MO`) or to one (`MT`). */
  readonly msgType?: "MO" | "MT"
}

/** Text messages to and from devices. */
export interface SmsEndpoint {
  /**
   * Sends one message, once.
   *
   * @throws {JasperError} `outcome.unknown` when the answer was lost; it is never resent.
   */
  send(iccid: string, draft: SmsDraft, options?: CallOptions): Promise<{ readonly smsMsgId: string }>
  /** Lists message ids, oldest change first; `get` has the rest. */
  search(query: SmsQuery): Paged<string>
  get(smsMsgId: string, options?: CallOptions): Promise<SmsMessage>
}

const MAX_LENGTH = { 0: 160, 1: 160, 3: 160, 4: 140, 8: 70 } as const
const MAX_LENGTH_UNCODED = 320

/** Text messages, over one caller. */
export function createSmsEndpoint(call: Caller): SmsEndpoint {
  return {
    send: async (iccid, draft, options = {}) => {
      checkDraft(draft)
      const path = `/devices/${checkIccid(iccid)}/smsMessages`
      return readAnswer(smsReceiptSchema(), await call({ method: "POST", path, body: draft }, options))
    },
    search: (query) => {
      const { fromDate, toDate, iccid, msgType, ...options } = query
      const params: Record<string, string> = {
        fromDate: formatCarrierDate(fromDate),
        pageSize: String(MAX_PAGE_SIZE),
      }
      if (toDate !== undefined) params.toDate = formatCarrierDate(toDate)
      if (iccid !== undefined) params.iccid = checkIccid(iccid)
      if (msgType !== undefined) params.msgType = msgType
      const read = (answer: Parameters<typeof readAnswer>[1]) => readAnswer(smsIdPageSchema(), answer)
      return createPaged(call, { path: "/smsMessages", query: params, read }, options)
    },
    get: async (smsMsgId, options = {}) => {
      if (!/^\d+$/.test(smsMsgId)) throw new RangeError("Cannot read the message: its id has digits only")
      return readAnswer(smsMessageSchema(), await call({ method: "GET", path: `/smsMessages/${smsMsgId}` }, options))
    },
  }
}

function checkDraft(draft: SmsDraft): void {
  const { messageText, messageEncoding = "LITERAL", dataCoding, tpvp } = draft
  const longest = dataCoding === undefined ? MAX_LENGTH_UNCODED : MAX_LENGTH[dataCoding]
  if (typeof messageText !== "string" || messageText === "") throw new TypeError("Cannot send: messageText is empty")
  if (longest === undefined) throw new RangeError("Cannot send: dataCoding must be 0, 1, 3, 4 or 8")
  if (messageEncoding === "LITERAL" && messageText.length > longest) {
    throw new RangeError(`Cannot send: messageText may have ${longest} characters, got ${messageText.length}`)
  }
  if (tpvp !== undefined && !(Number.isInteger(tpvp) && tpvp >= 0 && tpvp <= 255)) {
    throw new RangeError(`Cannot send: tpvp must be 0 to 255, got ${tpvp}`)
  }
}
