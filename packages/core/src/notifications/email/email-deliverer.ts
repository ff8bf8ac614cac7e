import * as v from "valibot"
import type { Statement } from "../../store/mod.ts"
import type { Deliverer, Delivery } from "../deliverer.ts"
import { sha256, toHex } from "../encoding.ts"
import { NOTIFICATION_TYPES, type NotificationType } from "../event.ts"
import type { ReportFiles } from "../report-files.ts"
import { withSettings } from "../settings.ts"
import { draftMail, MAILED_TYPES, type MailedEvent, summaryAttachment } from "./draft-mail.ts"
import type { MailAttachment, Mailer } from "./mail.ts"
import { renderMail } from "./render-mail.ts"

/** Whom mails go to. */
export interface EmailSettings {
  /** For example `Altaworx <no-reply@example.com>`. */
  readonly from: string
  readonly to: readonly string[]
  readonly bcc?: readonly string[]
  /** Recipients in the place of `to` for some types of events; an empty list stops the mails of that type. */
  readonly toByType?: Readonly<Partial<Record<NotificationType, readonly string[]>>>
}

// A header cannot be written through an address; what is an address, its mail server knows best.
const address = v.pipe(v.string(), v.regex(/^[^\p{Cc},;]*[^\s\p{Cc},;<>@]+@[^\s\p{Cc},;<>@]+>?$/u))
const addresses = v.pipe(v.array(address), v.maxLength(50))
const settings: v.GenericSchema<unknown, EmailSettings> = v.object({
  from: address,
  to: addresses,
  bcc: v.exactOptional(addresses),
  toByType: v.exactOptional(v.record(v.picklist(NOTIFICATION_TYPES), addresses)),
})

export interface EmailOptions {
  /** What carries the mails: `smtpMailer` on Node, `resendMailer` anywhere. @default off */
  readonly mailer?: Mailer
  /** For every tenant without settings of its own. @default off */
  readonly settings?: EmailSettings
  /** Files that go with the mail of a result. @default none */
  readonly reports?: ReportFiles
}

/** Mails summaries, results, alerts and errors. */
export function emailDeliverer(options: EmailOptions = {}): Deliverer {
  const { mailer } = options
  const deliverer = withSettings<EmailSettings>({
    name: "email",
    takes: MAILED_TYPES,
    settings,
    platformSettings: options.settings,
    deliver: (delivery, email) => (mailer ? deliver(delivery, email, mailer, options.reports) : Promise.resolve([])),
  })
  if (mailer) return deliverer
  return {
    ...deliverer,
    receiversOf: async () => ({ state: "off", reason: "the host has nothing that carries mails" }),
  }
}

async function deliver(
  delivery: Delivery,
  email: EmailSettings,
  mailer: Mailer,
  reports: ReportFiles | undefined,
): Promise<readonly Statement[]> {
  const event = delivery.event as MailedEvent
  const to = email.toByType?.[event.type] ?? email.to
  if (to.length === 0) return []
  await mailer.send(
    {
      id: toHex(await sha256(JSON.stringify([delivery.tenantId, delivery.eventId]))),
      from: email.from,
      to,
      bcc: email.bcc ?? [],
      ...renderMail(draftMail(event)),
      attachments: await attachmentsOf(delivery, event, reports),
    },
    delivery,
  )
  return []
}

async function attachmentsOf(
  delivery: Delivery,
  event: MailedEvent,
  reports: ReportFiles | undefined,
): Promise<readonly MailAttachment[]> {
  if (event.type === "sync.summary") return [summaryAttachment(event)]
  if (event.type !== "optimization.completed" || event.status !== "CompleteWithSuccess" || !reports) return []
  const files = await reports(delivery, delivery.tenantId, event.sessionId)
  return files.map(({ body, ...file }) => ({
    ...file,
    body: typeof body === "string" ? new TextEncoder().encode(body) : body,
  }))
}
