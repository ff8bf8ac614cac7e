/** Carries mails by SMTP, on Node. Needs `nodemailer`. */
export type { Mail, MailAttachment, MailContent, Mailer } from "../email/mail.ts"
export { smtpMailer, type SmtpOptions } from "./smtp-mailer.ts"
