import { type Answer, startReceiver } from "./receiver.ts"

interface ResendMail {
  readonly from: string
  readonly to: readonly string[]
  readonly bcc?: readonly string[]
  readonly subject: string
  readonly html?: string
  readonly text?: string
  readonly attachments?: readonly {
    readonly filename: string
    readonly content_type: string
    readonly content: string
  }[]
}

const API_KEY = "re_123456789"

/**
 * A double of Resend's `POST /emails`, by its documentation: bearer key, required fields, one mail for each
 * `Idempotency-Key` and the answer of the first attempt for the others, 409 where the same key comes with another mail.
 * `lost` says what becomes of the next answers, after the mail was taken.
 */
export async function startResend() {
  const mails: ResendMail[] = []
  const lost: Answer[] = []
  const seen = new Map<string, { readonly body: string; readonly answer: Answer }>()
  const refuse = (status: number, name: string): Answer => ({
    status,
    body: JSON.stringify({ statusCode: status, name, message: `said ${name}` }),
  })
  const receiver = await startReceiver(({ method, url, headers, body }) => {
    if (method !== "POST" || url !== "/emails") return refuse(404, "not_found")
    if (!headers["user-agent"]) return refuse(403, "validation_error")
    if (headers.authorization === undefined) return refuse(401, "missing_api_key")
    if (headers.authorization !== `Bearer ${API_KEY}`) return refuse(403, "invalid_api_key")
    const key = headers["idempotency-key"] as string | undefined
    if (key !== undefined && (key === "" || key.length > 256)) return refuse(400, "invalid_idempotency_key")
    const earlier = key === undefined ? undefined : seen.get(key)
    if (earlier)
      return earlier.body === body ? (lost.shift() ?? earlier.answer) : refuse(409, "invalid_idempotent_request")
    const mail = JSON.parse(body) as ResendMail
    if (!mail.from || !mail.to?.length || mail.to.length > 50 || !mail.subject || !(mail.html || mail.text)) {
      return refuse(422, "missing_required_field")
    }
    const answer: Answer = { status: 200, body: JSON.stringify({ id: `mail-${mails.push(mail)}` }) }
    if (key !== undefined) seen.set(key, { body, answer })
    return lost.shift() ?? answer
  })
  return {
    ...receiver,
    apiKey: API_KEY,
    baseUrl: receiver.url,
    mails,
    lost,
  }
}
