import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { systemRuntime } from "../ports/mod.ts"
import { openStore, type Platform } from "../store/mod.ts"
import { createTenant, importSealingKey, type SealingKey } from "../tenancy/mod.ts"
import {
  billingScheduleOf,
  checkSealingKey,
  createServiceProvider,
  ensureServiceProvider,
  getServiceProvider,
  listServiceProviders,
  openCredentials,
} from "./mod.ts"

const runtime = systemRuntime()
const CANARY = "canary-api-key-7f3a"
const settings = {
  tenantId: "1",
  name: "Jasper US",
  integrationType: "Jasper",
  baseUrl: "https://restapi.example.com/rws/api/v1",
  username: "api-user",
  apiKey: CANARY,
  billingPeriodEndDay: 18,
  billingPeriodEndHour: 22,
  timeZone: "America/New_York",
  usesProration: true,
}

let folder: string
let core: Platform
let sealingKey: SealingKey

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-providers-"))
  sealingKey = await importSealingKey(btoa("k".repeat(32)))
})
afterEach(() => {
  core.store.close()
  rmSync(folder, { recursive: true, force: true })
})

describe.each([
  ["a file", () => `file:${join(folder, "test.db")}`],
  ["memory", () => ":memory:"],
])("on %s", (_name, url) => {
  beforeEach(async () => {
    core = { store: await openStore({ url: url(), createClient, runtime }), runtime }
    await createTenant(core, { id: "1", name: "First" })
    await createTenant(core, { id: "2", name: "Second" })
  })

  it("createServiceProvider() seals the key: no record and no row holds it", async () => {
    const provider = await createServiceProvider(core, sealingKey, settings)
    const { apiKey, ...visible } = settings
    expect(provider).toEqual({ ...visible, id: provider.id, createdAt: provider.createdAt })
    expect(await getServiceProvider(core, "1", provider.id)).toEqual(provider)
    expect(await listServiceProviders(core, "1")).toEqual([provider])
    expect(billingScheduleOf(provider)).toEqual({ endDay: 18, endHour: 22, timeZone: "America/New_York" })
    const rows = JSON.stringify([provider, await core.store.rows(sql`SELECT * FROM service_provider`)])
    expect(rows).not.toContain(CANARY)
    expect(rows).not.toContain(btoa(CANARY).replaceAll("=", ""))
    expect(await openCredentials(core, sealingKey, "1", provider.id)).toEqual({
      baseUrl: settings.baseUrl,
      username: "api-user",
      apiKey,
    })
  })

  it("keeps providers of another tenant out of reach", async () => {
    const { id } = await createServiceProvider(core, sealingKey, settings)
    await createServiceProvider(core, sealingKey, { ...settings, tenantId: "2" })
    const notFound = { code: "input.not_found", field: "serviceProviderId" }
    await expect(getServiceProvider(core, "2", id)).rejects.toMatchObject(notFound)
    await expect(openCredentials(core, sealingKey, "2", id)).rejects.toMatchObject(notFound)
    expect((await listServiceProviders(core, "2")).map((provider) => provider.id)).not.toContain(id)
  })

  it("does not open a sealed key that was moved to another provider's row", async () => {
    const mine = await createServiceProvider(core, sealingKey, settings)
    const theirs = await createServiceProvider(core, sealingKey, { ...settings, tenantId: "2" })
    await core.store.unit({ name: "test.move" }, [
      sql`UPDATE service_provider SET sealed_api_key =
        (SELECT sealed_api_key FROM service_provider WHERE id = ${theirs.id}) WHERE id = ${mine.id}`,
    ])
    await expect(openCredentials(core, sealingKey, "1", mine.id)).rejects.toMatchObject({ code: "secret.unreadable" })
  })

  it("refuses a name that is taken, and a tenant that does not exist", async () => {
    await createServiceProvider(core, sealingKey, settings)
    await expect(createServiceProvider(core, sealingKey, settings)).rejects.toMatchObject({
      code: "store.constraint",
      field: "name",
    })
    await expect(createServiceProvider(core, sealingKey, { ...settings, tenantId: "9" })).rejects.toMatchObject({
      code: "input.not_found",
      field: "tenantId",
    })
  })

  it("ensureServiceProvider() creates once, leaves the same alone, and brings differences in", async () => {
    const sealed = sql`SELECT sealed_api_key FROM service_provider`
    const [first, racing] = await Promise.all([
      ensureServiceProvider(core, sealingKey, settings),
      ensureServiceProvider(core, sealingKey, settings),
    ])
    expect(racing).toEqual(first)
    const before = await core.store.rows(sealed)
    expect(await ensureServiceProvider(core, sealingKey, settings)).toEqual(first)
    expect(await core.store.rows(sealed)).toEqual(before)

    const changed = { ...settings, timeZone: "UTC", apiKey: "another-key" }
    expect(await ensureServiceProvider(core, sealingKey, changed)).toEqual({ ...first, timeZone: "UTC" })
    expect(await getServiceProvider(core, "1", first.id)).toEqual({ ...first, timeZone: "UTC" })
    expect((await openCredentials(core, sealingKey, "1", first.id)).apiKey).toBe("another-key")
    expect(await listServiceProviders(core, "1")).toHaveLength(1)
  })

  it("ensureServiceProvider() seals anew under another sealing key; until then the old text stays shut", async () => {
    const { id } = await ensureServiceProvider(core, sealingKey, settings)
    const other = await importSealingKey(btoa("o".repeat(32)))
    await expect(openCredentials(core, other, "1", id)).rejects.toMatchObject({ code: "secret.unreadable" })
    await checkSealingKey(core, sealingKey)
    await expect(checkSealingKey(core, other)).rejects.toMatchObject({
      code: "secret.unreadable",
      message: expect.stringContaining("1 of 1"),
    })
    await ensureServiceProvider(core, other, settings)
    await checkSealingKey(core, other)
    expect((await openCredentials(core, other, "1", id)).apiKey).toBe(CANARY)
  })

  it.each([
    ["name", { name: " " }],
    ["integrationType", { integrationType: "" }],
    ["username", { username: "a\nb" }],
    ["apiKey", { apiKey: "" }],
    ["apiKey", { apiKey: `${CANARY}\n` }],
    ["baseUrl", { baseUrl: "restapi.example.com" }],
    ["baseUrl", { baseUrl: "http://restapi.example.com" }],
    ["baseUrl", { baseUrl: "http://127.0.0.1.example.com" }],
    ["baseUrl", { baseUrl: "ftp://restapi.example.com" }],
    ["baseUrl", { baseUrl: `https://user:${CANARY}@restapi.example.com` }],
    ["baseUrl", { baseUrl: `https://restapi.example.com/?key=${CANARY}` }],
    ["billingPeriodEndDay", { billingPeriodEndDay: 0 }],
    ["billingPeriodEndDay", { billingPeriodEndDay: 32 }],
    ["billingPeriodEndDay", { billingPeriodEndDay: 1.5 }],
    ["billingPeriodEndHour", { billingPeriodEndHour: 24 }],
    ["billingPeriodEndHour", { billingPeriodEndHour: -1 }],
    ["timeZone", { timeZone: "Mars/Olympus" }],
    ["timeZone", { timeZone: "+05:00" }],
    ["timeZone", { timeZone: "" }],
    ["usesProration", { usesProration: "yes" as never }],
  ])("refuses a bad %s: %j", async (field, change) => {
    const error: unknown = await createServiceProvider(core, sealingKey, { ...settings, ...change }).catch(
      (caught: unknown) => caught,
    )
    expect(error).toMatchObject({ code: "input.invalid", field })
    expect((error as Error).message).not.toContain(CANARY)
    expect(await listServiceProviders(core, "1")).toEqual([])
  })

  it.each(["http://localhost:8080", "http://127.0.0.1:8080/rws", "http://127.1:80", "http://[::1]:8080"])(
    "takes plain %s, and no end hour as midnight",
    async (baseUrl) => {
      const request = { ...settings, baseUrl, billingPeriodEndHour: null }
      expect(await createServiceProvider(core, sealingKey, request)).toMatchObject({
        baseUrl,
        billingPeriodEndHour: 0,
      })
    },
  )
})
