import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { controlCenter } from "../src/carriers/control-center/mod.ts"
import { parseIccid, parseImei, parseMsisdn } from "../src/domain/mod.ts"
import { isCoreError } from "../src/errors/mod.ts"
import { listDeadJobs, runDueJobs } from "../src/jobs/mod.ts"
import { createServiceProvider, openCredentials, resealCredentials } from "../src/providers/mod.ts"
import { openStore } from "../src/store/mod.ts"
import { startSyncRun, syncHandlers } from "../src/sync/mod.ts"
import {
  authenticate,
  createApiKey,
  createTenant,
  importSealingKey,
  listApiKeys,
  listAuditEntries,
  redact,
  redactValue,
  writeAudited,
} from "../src/tenancy/mod.ts"
import { testRuntime } from "../src/testing/mod.ts"

// Canaries are planted wherever a caller or a carrier can put a secret or an identifier. Then everything that is logged,
// thrown, answered or stored is searched for them. Identifiers of devices are due in the tables of devices; none of these
// runs comes so far, since the carrier fails each time.
const digits = (length: number) => fc.stringMatching(new RegExp(`^[1-9]\\d{${length - 1}}$`))
const secret = fc.stringMatching(/^cnry[A-Za-z0-9/+ "%&é]{12,24}z$/)
const anyCanaries = fc.record({
  apiKey: secret,
  bearer: fc.stringMatching(/^cnry[\w.~+/-]{12,40}$/),
  sealing: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("base64")),
  iccid: digits(17).map((tail) => `89${tail}`),
  imei: digits(15),
  msisdn: digits(11),
})
type Canaries = typeof anyCanaries extends fc.Arbitrary<infer T> ? T : never

/** Ways in which a text can hold another one. */
function formsOf(canary: string): readonly string[] {
  const base64 = Buffer.from(canary).toString("base64").replace(/=+$/, "")
  return [
    canary,
    encodeURIComponent(canary),
    JSON.stringify(canary).slice(1, -1),
    base64,
    base64.replaceAll("+", "-").replaceAll("/", "_"),
  ]
}

function expectNone(canaries: Canaries, where: string, text: string) {
  for (const [name, canary] of Object.entries(canaries)) {
    for (const form of formsOf(canary)) {
      const at = text.indexOf(form)
      expect(at < 0, `${name} in ${where}: …${text.slice(Math.max(0, at - 60), at)}<canary>`).toBe(true)
    }
  }
}

describe("redact()", () => {
  it("leaves nothing of a secret or an identifier, in whatever text and form", () => {
    fc.assert(
      fc.property(anyCanaries, fc.string({ maxLength: 30 }), fc.nat(4), (canaries, around, form) => {
        const { apiKey, iccid, imei, msisdn } = canaries
        const texts = [
          `${around} ${formsOf(apiKey)[form]} ${around}`,
          `${around}:${iccid},${imei};${msisdn}.${around}`,
          `https://user:${encodeURIComponent(apiKey)}@host/devices/${iccid}?msisdn=%2B${msisdn}`,
          `Authorization: Basic ${Buffer.from(`user:${apiKey}`).toString("base64")}`,
          JSON.stringify({ apiKey, iccid, nested: { imei: Number(imei), list: [msisdn] } }),
          `SIM ${(iccid.match(/.{1,4}/g) ?? []).join(" ").replace(/ (.{1,2})$/, "$1")}, ${msisdn.slice(0, 4)}-${msisdn.slice(4, 7)}-${msisdn.slice(7)}`,
        ]
        for (const text of texts)
          expectNone({ ...canaries, bearer: "·", sealing: "·" }, "a text", redact(text, [apiKey]))
        const value = redactValue({ [iccid]: [Number(imei), { note: apiKey, msisdn }] }, [apiKey])
        expectNone(canaries, "a value", JSON.stringify(value))
      }),
      { numRuns: 300 },
    )
  })
})

describe("canaries planted in requests and in a carrier's answers", () => {
  it("come out in no log line, error, answer, audit entry or row, nor in a byte of the file", async () => {
    let traces = 0
    await fc.assert(
      fc.asyncProperty(anyCanaries, fc.constantFrom(400, 401, 404, 429, 500, 503), async (canaries, status) => {
        const folder = mkdtempSync(join(tmpdir(), "altaworx-canaries-"))
        const { apiKey, bearer, sealing, iccid, imei, msisdn } = canaries
        const told: string[] = []
        const tell = (what: unknown) => void told.push(typeof what === "string" ? what : inspect(what, { depth: 8 }))
        let calls = 0
        // A carrier that fails, and throws all it was told and all it knows back at the caller.
        const fetch = async (input: Request | URL | string, init?: RequestInit) => {
          calls++
          const request = new Request(input, init)
          const echo = `${request.url} ${[...request.headers].join(" ")} ${apiKey} ICCID ${iccid} IMEI ${imei} +${msisdn}`
          if (calls % 3 === 0) throw new TypeError(`fetch failed: ${echo}`)
          const body = { errorMessage: echo, errorCode: "10000001", apiKey, iccid, imei, msisdn }
          return Response.json(body, { status, headers: { "X-Echo": encodeURIComponent(echo) } })
        }
        const runtime = testRuntime({ seed: 1, startAt: Date.UTC(2026, 10, 22), fetch })
        const store = await openStore({ url: `file:${join(folder, "test.db")}`, createClient, runtime })
        try {
          const core = { store, runtime }
          const sealingKey = await importSealingKey(sealing)
          await createTenant(core, { id: "1", name: "One" })
          tell(
            await createApiKey(core, { tenantId: "1", role: "owner", name: "k", key: bearer }).then(
              ({ key: _key, ...rest }) => rest,
            ),
          )
          tell(await authenticate(core, bearer))
          tell(await listApiKeys(core, "1"))
          const settings = {
            tenantId: "1",
            name: "Jasper",
            integrationType: "Jasper",
            baseUrl: "https://carrier.example.com",
            username: "user",
            apiKey,
            billingPeriodEndDay: 18,
            timeZone: "UTC",
          }
          const provider = await createServiceProvider(core, sealingKey, settings)
          tell(provider)

          const bad: (() => unknown)[] = [
            () => importSealingKey(apiKey),
            () => importSealingKey(sealing, [bearer]),
            () => createTenant(core, { id: `x ${apiKey}`, name: "x" }),
            () => createApiKey(core, { tenantId: "1", role: "viewer", name: "k", key: `${apiKey}\n` }),
            () => createApiKey(core, { tenantId: "1", role: "viewer", name: "other", key: bearer }),
            () => createServiceProvider(core, sealingKey, { ...settings, apiKey: `${apiKey}\n` }),
            () =>
              createServiceProvider(core, sealingKey, {
                ...settings,
                baseUrl: `https://u:${encodeURIComponent(apiKey)}@h`,
              }),
            () =>
              createServiceProvider(core, sealingKey, {
                ...settings,
                baseUrl: `https://h/?k=${encodeURIComponent(apiKey)}`,
              }),
            async () => openCredentials(core, await importSealingKey(btoa("o".repeat(32))), "1", provider.id),
            () => parseIccid(`${iccid}99`),
            () => parseImei(`${imei}9`),
            () => parseMsisdn(`${msisdn}x`),
            () =>
              store.unit({ name: "test.bad" }, [
                sql`INSERT INTO tenant (id, name, created_at) VALUES (${apiKey}, ${iccid}, 'x')`,
              ]),
            () => store.rows(sql`SELECT no_such FROM tenant WHERE id = ${apiKey} OR name = ${iccid}`),
          ]
          for (const attempt of bad) {
            const error: unknown = await (async () => attempt())().catch((caught: unknown) => caught)
            // What a host logs of an error: its name and message. A cause may hold anything, and says so.
            if (error instanceof Error) tell(`${error.name}: ${error.message} ${isCoreError(error) ? error.field : ""}`)
          }

          const account = await openCredentials(core, sealingKey, "1", provider.id)
          const carrier = controlCenter(account, runtime)
          const host = {
            ...core,
            handlers: syncHandlers({ carrierFor: () => Promise.resolve(carrier), afterSuccess: () => [] }),
          }
          await startSyncRun(core, { tenantId: "1", serviceProviderId: provider.id })
          const before = calls
          await runDueJobs(host, {
            maxJobs: 40,
            onJobEnded: ({ job, ending, failure }) => {
              tell({ type: job.type, ending, failure })
              // What is left of an ICCID shows that it was on its way out.
              if (failure?.message.includes(`ICCID …${iccid.slice(-4)}`)) traces++
            },
          })
          expect(calls).toBeGreaterThan(before)
          tell(await listDeadJobs(core, "1"))

          const event = { actor: `api-key/${bearer.slice(0, 0)}k`, action: "test.tried", outcome: "failed" } as const
          await writeAudited(core, { name: "test.audit" }, [], {
            tenantId: "1",
            events: [
              {
                ...event,
                subject: `device/${iccid}`,
                detail: { [imei]: Number(imei), note: `+${msisdn} was ${iccid}` },
              },
              { ...event, actor: `msisdn/${msisdn}`, subject: "device", detail: { header: `Bearer ${bearer}` } },
            ],
          })
          tell(await listAuditEntries(core, "1"))
          tell(await resealCredentials(core, await importSealingKey(btoa("n".repeat(32)), [sealing])))

          for (const text of told) expectNone(canaries, "what was told", text)
          const tables = await store.rows<{ name: string }>(sql`SELECT name FROM sqlite_schema WHERE type = 'table'`)
          for (const { name } of tables) {
            expectNone(
              canaries,
              `a row of ${name}`,
              JSON.stringify(await store.rows(sql`SELECT * FROM ${sql.identifier(name)}`)),
            )
          }
          for (const file of ["test.db", "test.db-wal"]) {
            expectNone(canaries, `a byte of ${file}`, readFileSync(join(folder, file), "utf8"))
          }
        } finally {
          store.close()
          rmSync(folder, { recursive: true, force: true })
        }
      }),
      { numRuns: 12 },
    )
    expect(traces).toBeGreaterThan(0)
  }, 120_000)
})
