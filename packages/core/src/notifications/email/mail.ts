import type { Platform } from "../../store/mod.ts"

export interface MailAttachment {
  readonly name: string
  /** For example `text/csv; charset=utf-8`. */
  readonly contentType: string
  readonly body: Uint8Array<ArrayBuffer>
}

/** What a mail says. */
export interface MailContent {
  /** One line. */
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly attachments: readonly MailAttachment[]
}

export interface Mail extends MailContent {
  /** 64 hexadecimal digits, the same in every attempt. */
  readonly id: string
  readonly from: string
  readonly to: readonly string[]
  readonly bcc: readonly string[]
}

/** What carries mails out. */
export interface Mailer {
  /**
   * Sends a mail once.
   *
   * @throws {CoreError} `notification.unavailable` where another attempt can help; `notification.refused` where it cannot.
   */
  send(mail: Mail, context: Pick<Platform, "runtime"> & { readonly signal: AbortSignal }): Promise<void>
}
