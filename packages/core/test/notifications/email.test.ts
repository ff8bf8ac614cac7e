import type { AddressInfo } from "node:net"
import Papa from "papaparse"
import { SMTPServer, type SMTPServerOptions } from "smtp-server"
import { describe, expect, it } from "vitest"
import {
  emailDeliverer,
  type EmailSettings,
  listDeliverers,
  type Mail,
  type Mailer,
  resendMailer,
  setDelivererSettings,
} from "../../src/notifications/mod.ts"
import { smtpMailer } from "../../src/notifications/node/mod.ts"
import { completed, others, PROVIDER, progress, summary } from "./events.ts"
import { notificationFixture, TENANT } from "./fixture.ts"
import { parseMail } from "./parse-mail.ts"
import { startResend } from "./resend-double.ts"

const settings: EmailSettings = { from: "Altaworx <no-reply@altaworx.example>", to: ["ops@example.com"] }

/** A real mail server on loopback. */
async function startSmtp(options: SMTPServerOptions = {}) {
  const mails: { readonly from: string; readonly to: readonly string[]; readonly raw: string }[] = []
  /** What becomes of the next mails, after they were taken in. */
  const faults: ("451" | "reset" | "silence")[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    logger: false,
    ...options,
    onData(stream, session, callback) {
      const chunks: Buffer[] = []
      stream.on("data", (chunk: Buffer) => chunks.push(chunk))
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope
        const fault = faults.shift()
        if (fault === "451") return callback(Object.assign(new Error("later"), { responseCode: 451 }))
        mails.push({
          from: mailFrom ? mailFrom.address : "",
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString("utf8"),
        })
        if (fault === "reset") for (const { _socket } of connections(server)) _socket.destroy()
        else if (fault !== "silence") callback(null)
      })
    },
  })
  server.on("error", () => undefined)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    mails,
    faults,
    mailer: (more: object = {}) => smtpMailer({ host: "127.0.0.1", port, timeoutMs: 400, ...more }),
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(resolve))
    },
  }
}

const connections = (server: SMTPServer) =>
  (server as unknown as { connections: Set<{ _socket: { destroy(): void } }> }).connections

const collector = () => {
  const mails: Mail[] = []
  const mailer: Mailer = { send: async (mail) => void mails.push(mail) }
  return { mails, mailer }
}

describe("the mail of an event", () => {
  it("has the seven values of a sync, and the same as a file", async () => {
    const { mails, mailer } = collector()
    using fixture = await notificationFixture([emailDeliverer({ mailer, settings })])
    await fixture.tell(summary({ communicationPlansWithoutRatePlans: ["Old <plan>"], serviceProviderName: "=cmd()" }))
    await fixture.drain()
    const [mail] = mails
    expect(mail?.subject).toBe("Jasper device sync summary: =cmd()")
    for (const text of [
      "Device details last synced: 2026-11-22 13:01:02 UTC",
      "Device details queued:      20001",
      "Device details updated:     315",
      "Usage last synced:          2026-11-22 13:03:04 UTC",
      "Usage queued:               20002",
      "Usage updated:              18777",
      "Devices:                    19999",
      "3 devices were not refreshed",
      "- Old <plan>",
    ]) {
      expect(mail?.text).toContain(text)
    }
    const [file] = mail?.attachments ?? []
    expect(file).toMatchObject({ name: "sync-summary-20261122130509.csv", contentType: "text/csv; charset=utf-8" })
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(file?.body)
    expect(text.charCodeAt(0)).toBe(0xfeff)
    expect(Papa.parse(text.slice(1), { header: true, skipEmptyLines: true }).data).toEqual([
      {
        ServiceProvider: "'=cmd()",
        DetailLastSyncDate: "2026-11-22T13:01:02.000Z",
        DetailQueueCount: "20001",
        DetailUpdatedCount: "315",
        UsageLastSyncDate: "2026-11-22T13:03:04.000Z",
        UsageQueueCount: "20002",
        UsageUpdatedCount: "18777",
        DeviceCount: "19999",
        NotRefreshedCount: "3",
      },
    ])
  })

  it("names the integration in the subject, and says what it is about", async () => {
    const { mails, mailer } = collector()
    using fixture = await notificationFixture([emailDeliverer({ mailer, settings })])
    const pod19 = { ...PROVIDER, integrationType: "POD19", serviceProviderName: "Our POD19" }
    await fixture.tell(
      ...others.map((event) => ({ ...event, ...pod19 })),
      { ...completed(), ...pod19 },
      { ...completed({ sessionId: "s2", status: "CompleteWithErrors", errorMessage: "no plan fits" }), ...pod19 },
    )
    await fixture.drain()
    expect(mails.map(({ subject }) => subject).toSorted()).toEqual([
      "Bulk change completed: CarrierRatePlanChange",
      "New POD19 communication plans: Our POD19",
      "POD19 device sync failed: Our POD19",
      "POD19 optimization ended with errors: Our POD19",
      "POD19 optimization has fewer SIMs than expected: Our POD19",
      "POD19 optimization is already running: Our POD19",
      "POD19 optimization result: Our POD19",
      "POD19 optimization: an unexplained difference at Our POD19",
      "POD19 optimization: more than 15 rate plans in a group",
    ])
    const textOf = (subject: string) => mails.find((mail) => mail.subject.includes(subject))?.text
    expect(textOf("more than 15")).toMatch(/16 rate plans.*\n[^]*Session: +s1\n[^]*Limit: +15\n[^]*- Comm & plan/)
    expect(textOf("fewer SIMs")).toMatch(/Expected SIMs: +1300\nAssigned SIMs: +1234\nMissing: +66/)
    expect(textOf("unexplained")).toMatch(/SIMs: +3\n[^]*as read back: +9\.70\nMissing without explanation: +4\.00/)
    expect(textOf("result")).toMatch(/Cost now: +2,750\.00\nCost after: +2,500\.00\nSaving: +250\.00/)
    expect(textOf("with errors")).toContain("no plan fits")
    expect(textOf("already running")).toContain("s0")
    expect(textOf("communication plans")).toContain("associate them with rate plans")
    expect(textOf("Bulk change")).toMatch(/PROCESSED: +98\nAPI_FAILED: +2/)
  })

  it("is never taken for markup, nor for headers", async () => {
    const { mails, mailer } = collector()
    using fixture = await notificationFixture([emailDeliverer({ mailer, settings })])
    const evil = `x"><script>alert('1')</script>\r\nBcc: evil@example.com`
    await fixture.tell(
      summary({ serviceProviderName: evil, communicationPlansWithoutRatePlans: [evil] }),
      ...others.map((event) => ({ ...event, serviceProviderName: evil, link: "javascript:alert(1)" })),
    )
    await fixture.drain()
    expect(mails.length).toBeGreaterThan(5)
    for (const mail of mails) {
      expect(mail.html).not.toContain("<script")
      expect(mail.html).not.toContain("javascript:")
      expect(mail.subject).not.toMatch(/[\r\n]/)
    }
  })

  it("goes to the tenant's own recipients, by type, or to nobody", async () => {
    const { mails, mailer } = collector()
    using fixture = await notificationFixture([emailDeliverer({ mailer, settings })])
    await setDelivererSettings(fixture.core, TENANT.id, "email", {
      ...settings,
      to: ["tenant@example.com"],
      bcc: ["audit@example.com"],
      toByType: { "sync.summary": [], "communicationPlans.added": ["plans@example.com"] },
    })
    await fixture.tell(summary(), ...others, progress(20))
    await fixture.drain()
    const to = (subject: string) => mails.filter((mail) => mail.subject.includes(subject)).map((mail) => mail.to)
    expect(to("summary")).toEqual([])
    expect(to("communication plans")).toEqual([["plans@example.com"]])
    expect(to("already running")).toEqual([["tenant@example.com"]])
    expect(mails.every(({ bcc }) => bcc[0] === "audit@example.com")).toBe(true)
  })

  it("is not written without something that carries it, and settings are checked by their field", async () => {
    using fixture = await notificationFixture([emailDeliverer({ settings })])
    expect(await listDeliverers(fixture.core, TENANT.id)).toMatchObject([
      { state: "off", reason: "the host has nothing that carries mails" },
    ])
    const set = (more: object) => setDelivererSettings(fixture.core, TENANT.id, "email", { ...settings, ...more })
    await expect(set({ to: ["nobody"] })).rejects.toMatchObject({ field: "to.0" })
    await expect(set({ from: "a@example.com\r\nBcc: b@example.com" })).rejects.toMatchObject({ field: "from" })
    await expect(set({ to: ["a@example.com, b@example.com"] })).rejects.toMatchObject({ field: "to.0" })
    await expect(set({ toByType: { fax: [] } })).rejects.toMatchObject({ code: "input.invalid" })
  })
})

describe("mail by SMTP", () => {
  it("arrives with text, markup, its file, and the hidden recipients only in the envelope", async () => {
    await using smtp = await startSmtp()
    using fixture = await notificationFixture([
      emailDeliverer({ mailer: smtp.mailer(), settings: { ...settings, bcc: ["audit@example.com"] } }),
    ])
    await fixture.tell(summary())
    await fixture.drain()
    expect(fixture.failures).toEqual([])
    const [mail] = smtp.mails
    expect(mail).toMatchObject({ from: "no-reply@altaworx.example", to: ["ops@example.com", "audit@example.com"] })
    expect(mail?.raw).not.toContain("audit@example.com")
    const { headers, parts } = parseMail(mail?.raw ?? "")
    expect(headers["message-id"]).toMatch(/^<[0-9a-f]{64}@altaworx\.example>$/)
    expect(parts.map((part) => part.headers["content-type"]?.split(";")[0])).toEqual([
      "text/plain",
      "text/html",
      "text/csv",
    ])
    expect(parts[0]?.body.toString()).toContain("Devices:")
    expect(parts[1]?.body.toString()).toContain("Our &lt;Jasper&gt; &amp; co")
    expect(parts[2]?.headers["content-disposition"]).toContain("sync-summary-20261122130509.csv")
    expect(parts[2]?.body.toString().split("\r\n")).toHaveLength(3)
  })

  it.each(["451", "reset", "silence"] as const)("is sent again after %s, under the same Message-ID", async (fault) => {
    await using smtp = await startSmtp()
    smtp.faults.push(fault)
    using fixture = await notificationFixture([emailDeliverer({ mailer: smtp.mailer(), settings })])
    await fixture.tell(summary())
    await fixture.drain()
    expect(await fixture.dead()).toEqual([])
    expect(smtp.mails.length).toBe(fault === "451" ? 1 : 2)
    expect(new Set(smtp.mails.map(({ raw }) => parseMail(raw).headers["message-id"])).size).toBe(1)
  })

  it("is sent again where nobody listens", async () => {
    const smtp = await startSmtp()
    const mailer = smtp.mailer()
    await smtp[Symbol.asyncDispose]()
    using fixture = await notificationFixture([emailDeliverer({ mailer, settings })])
    await fixture.tell(summary())
    await fixture.drain()
    expect(await fixture.dead()).toMatchObject([{ errorCode: "notification.unavailable", attempts: 20 }])
  })

  it("is given up where the server says no, without naming anybody", async () => {
    await using smtp = await startSmtp({
      onRcptTo: ({ address }, _session, callback) =>
        address.startsWith("gone")
          ? callback(Object.assign(new Error(`no ${address}`), { responseCode: 550 }))
          : callback(),
    })
    const to = ["gone@example.com", "here@example.com"]
    using fixture = await notificationFixture([
      emailDeliverer({ mailer: smtp.mailer(), settings: { ...settings, to } }),
    ])
    await fixture.tell(summary())
    await fixture.drain()
    expect(await fixture.dead()).toMatchObject([
      {
        errorCode: "notification.refused",
        errorMessage: expect.stringContaining("refused 1 of the recipients"),
        attempts: 1,
      },
    ])
    expect(smtp.mails).toMatchObject([{ to: ["here@example.com"] }])
    expect(fixture.failures.join()).not.toContain("example.com")
  })

  it("logs in, and gives up where it may not", async () => {
    await using smtp = await startSmtp({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, callback) =>
        username === "u" && password === "p4ssw0rd" ? callback(null, { user: "u" }) : callback(new Error("wrong")),
    })
    for (const [password, mails] of [
      ["p4ssw0rd", 1],
      ["wr0ng-secret", 1],
    ] as const) {
      using fixture = await notificationFixture([
        emailDeliverer({ mailer: smtp.mailer({ username: "u", password }), settings }),
      ])
      await fixture.tell(summary())
      await fixture.drain()
      expect(smtp.mails).toHaveLength(mails)
      expect(fixture.failures.join()).not.toContain(password)
      expect(await fixture.dead()).toHaveLength(password === "p4ssw0rd" ? 0 : 1)
    }
  })

  it("does not leave the machine unencrypted", async () => {
    await using smtp = await startSmtp()
    // The same server by a name that is not taken for loopback.
    using fixture = await notificationFixture([emailDeliverer({ mailer: smtp.mailer({ host: "0.0.0.0" }), settings })])
    await fixture.tell(summary())
    await fixture.drain()
    expect(smtp.mails).toEqual([])
  })
})

describe("mail by the HTTP API", () => {
  it("arrives whole", async () => {
    await using resend = await startResend()
    using fixture = await notificationFixture([
      emailDeliverer({ mailer: resendMailer(resend), settings: { ...settings, bcc: ["audit@example.com"] } }),
    ])
    await fixture.tell(summary())
    await fixture.drain()
    expect(resend.mails).toMatchObject([
      {
        from: settings.from,
        to: settings.to,
        bcc: ["audit@example.com"],
        subject: "Jasper device sync summary: Our <Jasper> & co",
        attachments: [{ filename: "sync-summary-20261122130509.csv", content_type: "text/csv; charset=utf-8" }],
      },
    ])
    const [file] = resend.mails[0]?.attachments ?? []
    expect(Buffer.from(file?.content ?? "", "base64").toString()).toContain("DetailQueueCount")
  })

  it.each([
    ["a lost answer", "reset"],
    ["no answer", "silence"],
    ["500 after the effect", { status: 500 }],
  ] as const)("arrives once after %s", async (_name, answer) => {
    await using resend = await startResend()
    resend.lost.push(answer, answer)
    using fixture = await notificationFixture([
      emailDeliverer({ mailer: resendMailer({ ...resend, timeoutMs: 200 }), settings }),
    ])
    await fixture.tell(summary())
    await fixture.drain()
    expect(await fixture.dead()).toEqual([])
    expect(resend.requests).toHaveLength(3)
    expect(resend.mails).toHaveLength(1)
  })

  it("arrives once, with the first file, where its file was made anew after a lost answer", async () => {
    await using resend = await startResend()
    resend.lost.push("reset")
    let made = 0
    const reports = async () => [{ name: "report.html", contentType: "text/html", body: `made ${++made}` }]
    using fixture = await notificationFixture([emailDeliverer({ mailer: resendMailer(resend), settings, reports })])
    await fixture.tell(completed())
    await fixture.drain()
    expect(await fixture.dead()).toEqual([])
    expect(resend.mails).toMatchObject([{ attachments: [{ content: btoa("made 1") }] }])
  })

  it("waits where it is told to, and gives up with a wrong key", async () => {
    await using resend = await startResend()
    resend.answers.push({ status: 429, headers: { "retry-after": "2" }, body: '{"name":"rate_limit_exceeded"}' })
    resend.answers.push({ status: 409, body: '{"name":"concurrent_idempotent_requests"}' })
    using fixture = await notificationFixture([emailDeliverer({ mailer: resendMailer(resend), settings })])
    await fixture.tell(summary())
    await fixture.drain()
    expect(resend.mails).toHaveLength(1)
    using other = await notificationFixture([
      emailDeliverer({ mailer: resendMailer({ ...resend, apiKey: "re_wr0ng" }), settings }),
    ])
    await other.tell(summary())
    await other.drain()
    expect(await other.dead()).toMatchObject([{ errorCode: "notification.refused", attempts: 1 }])
    expect(other.failures.join()).not.toContain("re_wr0ng")
  })
})
