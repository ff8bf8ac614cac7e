import { generateKeyPairSync } from "node:crypto"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import {
  amopDeliverer,
  createWebhookEndpoint,
  emailDeliverer,
  listDeliverers,
  listWebhookEndpoints,
  objectStorageDeliverer,
  resendMailer,
  rotateWebhookSecret,
  setDelivererSettings,
  snowflakeDeliverer,
  webhookDeliverer,
} from "../../src/notifications/mod.ts"
import { smtpMailer } from "../../src/notifications/node/mod.ts"
import { completed, deviceChanged, others, progress, summary } from "./events.ts"
import { notificationFixture, TENANT } from "./fixture.ts"
import { type Answer, startReceiver } from "./receiver.ts"

const SECRETS = {
  apiKey: "canary-amop-key-1f2e",
  secretAccessKey: "canary-s3-secret-3d4c",
  sessionToken: "canary-s3-token-5b6a",
  resendKey: "re_canary_7988",
  smtpPassword: "canary-smtp-9a8b",
  urlToken: "canary-url-token-ac1d",
}
// What our devices are known by, and people: in the outbox, but in no log and no error.
const PERSONAL = ["8944500000000000017", "15550100017", "490154203237518", "canary.person@example.com"]

/** Receivers that fail in every way, and say back all they were told, as careless ones do. */
const FAULTS: readonly ((body: string, headers: string) => Answer)[] = [
  (body, headers) => ({ status: 500, body: body + headers }),
  (body, headers) => ({ status: 400, body: headers + body }),
  (body) => ({ status: 422, body: JSON.stringify({ code: "000904", message: body }) }),
  (body, headers) => ({
    status: 302,
    headers: { location: `https://x.example/?${encodeURIComponent(headers)}` },
    body,
  }),
  () => "reset",
  () => "silence",
]

describe("secrets and personal data", () => {
  it.each(FAULTS.map((answer, at) => [at, answer] as const))(
    "are in no error and no note of a failure (%i), and secrets in no row",
    async (_at, answer) => {
      const privateKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
        type: "pkcs8",
        format: "pem",
      }) as string
      const keyLine = privateKey.split("\n")[3] ?? ""
      await using receiver = await startReceiver(({ body, headers }) => answer(body, JSON.stringify(headers)))
      const timeoutMs = 30
      using fixture = await notificationFixture([
        amopDeliverer(),
        emailDeliverer({ mailer: resendMailer({ apiKey: SECRETS.resendKey, baseUrl: receiver.url, timeoutMs }) }),
        objectStorageDeliverer(),
        snowflakeDeliverer(),
        webhookDeliverer({ allowPrivateAddresses: true, timeoutMs }),
        {
          ...emailDeliverer({
            mailer: smtpMailer({
              host: "127.0.0.1",
              port: Number(new URL(receiver.url).port),
              username: "u",
              password: SECRETS.smtpPassword,
              timeoutMs,
            }),
            settings: { from: "a@example.com", to: ["canary.person@example.com"] },
          }),
          name: "smtp",
        },
      ])
      const set = (name: string, settings: unknown) => setDelivererSettings(fixture.core, TENANT.id, name, settings)
      await set("amop", { url: receiver.url, headers: { "x-api-key": SECRETS.apiKey }, timeoutMs })
      await set("email", { from: "a@example.com", to: ["canary.person@example.com"] })
      await set("object-storage", {
        endpoint: receiver.url,
        region: "r",
        bucket: "b",
        accessKeyId: "id",
        secretAccessKey: SECRETS.secretAccessKey,
        sessionToken: SECRETS.sessionToken,
        timeoutMs,
      })
      const snowflake = { account: "a", user: "u", table: "T", baseUrl: receiver.url, privateKey, timeoutMs, pollMs: 1 }
      await set("snowflake", snowflake)
      const endpoint = await createWebhookEndpoint(
        fixture.core,
        {
          tenantId: TENANT.id,
          url: `${receiver.url}/?t=${SECRETS.urlToken}`,
          types: ["device.changed", "sync.summary"],
        },
        { allowPrivateAddresses: true },
      )
      const rotated = await rotateWebhookSecret(fixture.core, TENANT.id, endpoint.id)
      await fixture.tell(progress(20), completed(), summary(), deviceChanged(), ...others)
      await fixture.drain(6)

      expect(receiver.requests.length).toBeGreaterThan(5)
      const dead = await fixture.dead()
      expect(fixture.failures.length).toBeGreaterThan(10)
      expect(fixture.failures.join()).not.toContain('"unexpected"')
      const secrets = [...Object.values(SECRETS), keyLine, endpoint.secret, rotated.secret]
      const told = [
        ...fixture.failures,
        ...dead.map(({ errorMessage }) => errorMessage),
        JSON.stringify(await listDeliverers(fixture.core, TENANT.id)),
        JSON.stringify(await listWebhookEndpoints(fixture.core, TENANT.id)),
      ].join("\n")
      for (const canary of [...secrets, ...PERSONAL]) expect(told).not.toContain(canary)

      const tables = await fixture.store.rows<{ name: string }>(
        sql`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`,
      )
      const rows = await Promise.all(
        tables.map(({ name }) => fixture.store.rows(sql`SELECT * FROM ${sql.identifier(name)}`)),
      )
      const database = JSON.stringify(rows)
      expect(database).toContain("s1.")
      for (const secret of secrets) expect(database).not.toContain(secret)
    },
    60_000,
  )

  it("does not lend one tenant's settings or endpoints to another", async () => {
    await using receiver = await startReceiver()
    using fixture = await notificationFixture([amopDeliverer(), webhookDeliverer({ allowPrivateAddresses: true })])
    await setDelivererSettings(fixture.core, "t2", "amop", { url: receiver.url })
    await createWebhookEndpoint(fixture.core, { tenantId: "t2", url: receiver.url }, { allowPrivateAddresses: true })
    await fixture.tell(progress(20), summary())
    await fixture.drain()
    expect(receiver.requests).toEqual([])
  })
})
