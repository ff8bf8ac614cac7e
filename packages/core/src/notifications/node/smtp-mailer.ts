import { createTransport } from "nodemailer"
import { CoreError } from "../../errors/mod.ts"
import type { Mailer } from "../email/mail.ts"

/** A mail server. */
export interface SmtpOptions {
  readonly host: string
  /** @default 465 with `implicitTls`, otherwise 587 */
  readonly port?: number
  /** TLS from the first byte; otherwise the connection is upgraded (STARTTLS), or given up off loopback. @default false */
  readonly implicitTls?: boolean
  readonly username?: string
  readonly password?: string
  /** PEM of an own certification authority. */
  readonly ca?: string
  /** For each step of the conversation. @default 30000 */
  readonly timeoutMs?: number
}

/**
 * Carries mails by SMTP. SMTP has no idempotency key: where the connection is lost between the mail and the server's word
 * on it, the mail is sent again, with the same Message-ID, by which mailboxes tell the copy.
 *
 * @throws {CoreError} `input.invalid`, field `host`, for an empty one.
 */
export function smtpMailer(options: SmtpOptions): Mailer {
  if (options.host === "")
    throw new CoreError("input.invalid", "Cannot use the mail server: host is empty", { field: "host" })
  const { implicitTls = false, timeoutMs = 30_000 } = options
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(options.host)
  return {
    async send(mail, { signal }) {
      const transport = createTransport({
        host: options.host,
        port: options.port ?? (implicitTls ? 465 : 587),
        secure: implicitTls,
        requireTLS: !isLoopback,
        ...(options.ca === undefined ? {} : { tls: { ca: options.ca } }),
        ...(options.username === undefined ? {} : { auth: { user: options.username, pass: options.password ?? "" } }),
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      const stop = () => transport.close()
      signal.addEventListener("abort", stop, { once: true })
      try {
        const { rejected } = await transport.sendMail({
          messageId: `<${mail.id}@${/@([^>\s]+)>?$/.exec(mail.from)?.[1] ?? "localhost"}>`,
          from: mail.from,
          to: [...mail.to],
          bcc: [...mail.bcc],
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          attachments: mail.attachments.map(({ name, contentType, body }) => ({
            filename: name,
            contentType,
            content: Buffer.from(body),
          })),
        })
        if (rejected.length > 0) throw someRefused(rejected.length)
      } catch (error) {
        throw failureOf(error)
      } finally {
        signal.removeEventListener("abort", stop)
        transport.close()
      }
    },
  }
}

// The others have it, so it is not sent again by itself.
function someRefused(count: number): CoreError {
  return new CoreError(
    "notification.refused",
    `Cannot tell everybody: the mail server refused ${count} of the recipients`,
  )
}

/** A server's words name recipients: of them only the code is kept. */
function failureOf(error: unknown): CoreError {
  if (error instanceof CoreError) return error
  const code = (error as { responseCode?: unknown }).responseCode
  if (typeof code === "number" && code >= 500) {
    return new CoreError("notification.refused", `Cannot tell the mail server: it answered ${code}`)
  }
  const reason = typeof code === "number" ? `it answered ${code}` : "the connection failed"
  return new CoreError("notification.unavailable", `Cannot tell the mail server: ${reason}`)
}
