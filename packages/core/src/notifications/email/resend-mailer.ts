import { CoreError } from "../../errors/mod.ts"
import { toBase64 } from "../encoding.ts"
import { exchange, requireSuccess } from "../exchange.ts"
import type { Mailer } from "./mail.ts"

export interface ResendOptions {
  readonly apiKey: string
  /** @default "https://api.resend.com" */
  readonly baseUrl?: string
  /** @default 30000 */
  readonly timeoutMs?: number
}

/**
 * Carries mails by the HTTP API of Resend (resend.com/docs/api-reference/emails/send-email), on any runtime. Every attempt
 * has the same idempotency key, by which Resend sends a mail once within 24 hours, also where its answer was lost.
 */
export function resendMailer(options: ResendOptions): Mailer {
  const { apiKey, baseUrl = "https://api.resend.com", timeoutMs = 30_000 } = options
  return {
    async send(mail, context) {
      const reply = await exchange(context, {
        receiver: "the mail API",
        url: `${baseUrl.replace(/\/$/, "")}/emails`,
        headers: {
          authorization: `Bearer ${apiKey}`,
          "content-type": "application/json",
          "idempotency-key": mail.id,
          // It answers 403 to clients that do not say who they are.
          "user-agent": "altaworx-core",
        },
        body: JSON.stringify({
          from: mail.from,
          to: mail.to,
          ...(mail.bcc.length === 0 ? {} : { bcc: mail.bcc }),
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          attachments: mail.attachments.map(({ name, contentType, body }) => ({
            filename: name,
            content_type: contentType,
            content: toBase64(body),
          })),
        }),
        timeoutMs,
      })
      // An earlier attempt was taken, and its answer lost; since then the files that go with the mail were made anew.
      if (reply.status === 409 && reply.text.includes("invalid_idempotent_request")) return
      // An earlier attempt is still being worked on.
      if (reply.status === 409 && reply.text.includes("concurrent_idempotent_requests")) {
        throw new CoreError("notification.unavailable", "Cannot tell the mail API: an earlier attempt is underway")
      }
      requireSuccess("the mail API", reply, context.runtime.clock.now())
    },
  }
}
