import * as v from "valibot"
import { flag, idText, instant, text } from "./field.ts"

/** What to send. The length limit depends on `dataCoding`: 160 for 0, 1 and 3, 140 for 4, 70 for 8, 320 without. */
export interface SmsDraft {
  readonly messageText: string
  /** @default "LITERAL" */
  readonly messageEncoding?: "LITERAL" | "BASE64"
  readonly dataCoding?: 0 | 1 | 3 | 4 | 8
  /** Validity period, GSM 0 to 255. */
  readonly tpvp?: number
}

/** One message. */
export interface SmsMessage {
  readonly smsMsgId: string
  /** The carrier's word; its list of values is not known. */
  readonly status: string | null
  readonly messageText: string | null
  /** `Mobile Device` for messages from a device. */
  readonly senderLogin: string | null
  readonly sentTo: string | null
  readonly sentFrom: string | null
  readonly msgType: string | null
  /** Epoch milliseconds. */
  readonly dateSent: number | null
  readonly dateReceived: number | null
  readonly dateModified: number | null
}

/** One page of message ids. */
export interface SmsIdPage {
  readonly rows: readonly string[]
  readonly lastPage: boolean | undefined
}

/** The id, a number or text. */
export function smsReceiptSchema(): v.GenericSchema<unknown, { readonly smsMsgId: string }> {
  return v.pipe(
    v.looseObject({ smsMsgId: idText() }),
    v.check((wire) => wire.smsMsgId !== null, "a message id"),
    v.transform((wire) => ({ smsMsgId: wire.smsMsgId ?? "" })),
  )
}

/** A page of ids. */
export function smsIdPageSchema(): v.GenericSchema<unknown, SmsIdPage> {
  const id = v.pipe(v.union([v.string(), v.number()]), v.transform(String))
  return v.pipe(
    v.looseObject({ smsMsgIds: v.nullish(v.array(id), []), lastPage: flag() }),
    v.transform((wire): SmsIdPage => ({ rows: wire.smsMsgIds, lastPage: wire.lastPage ?? undefined })),
  )
}

/** One message's details. */
export function smsMessageSchema(): v.GenericSchema<unknown, SmsMessage> {
  return v.pipe(
    v.object({
      smsMsgId: idText(),
      status: text(),
      messageText: text(),
      senderLogin: text(),
      sentTo: idText(),
      sentFrom: idText(),
      msgType: text(),
      dateSent: instant(),
      dateReceived: instant(),
      dateModified: instant(),
    }),
    v.check((wire) => wire.smsMsgId !== null, "a message with its id"),
    v.transform((wire): SmsMessage => ({ ...wire, smsMsgId: wire.smsMsgId ?? "" })),
  )
}
