import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { systemRuntime } from "../ports/mod.ts"
import { openStore, type Platform } from "../store/mod.ts"
import { createTenant, importSealingKey, listAuditEntries, type SealingKey } from "../tenancy/mod.ts"
import {
  billingScheduleOf,
  checkEndpoints,
  checkSealingKey,
  createServiceProvider,
  ensureServiceProvider,
  getServiceProvider,
  listServiceProviders,
  openCredentials,
  resealCredentials,
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
    const { id, createdAt } = provider
    expect(provider).toEqual({ ...visible, id, createdAt, defaultSiteId: null, optimizationStartHour: null })
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

  it("opens nothing whose stored address would be spoken to in clear, and says so at the start", async () => {
    const { id } = await createServiceProvider(core, sealingKey, settings)
    await checkEndpoints(core)
    await core.store.unit({ name: "test.clear" }, [
      sql`UPDATE service_provider SET base_url = 'http://restapi.example.com' WHERE id = ${id}`,
    ])
    const refused = { code: "input.invalid", field: "baseUrl", message: expect.stringContaining("use https:") }
    await expect(openCredentials(core, sealingKey, "1", id)).rejects.toMatchObject(refused)
    await expect(checkEndpoints(core)).rejects.toMatchObject(refused)
  })

  it("records who created and changed a provider, and nothing secret of it", async () => {
    const request = { ...settings, actor: "api-key/k" }
    const { id } = await ensureServiceProvider(core, sealingKey, request)
    await ensureServiceProvider(core, sealingKey, request)
    await ensureServiceProvider(core, sealingKey, { ...request, timeZone: "UTC" })
    await expect(createServiceProvider(core, sealingKey, request)).rejects.toMatchObject({ code: "store.constraint" })
    const entries = await listAuditEntries(core, "1")
    expect(entries.map(({ actor, action, subject }) => [actor, action, subject])).toEqual([
      ["api-key/k", "service-provider.updated", `service-provider/${id}`],
      ["api-key/k", "service-provider.created", `service-provider/${id}`],
      ["system", "tenant.created", "tenant/1"],
    ])
    expect(JSON.stringify(entries)).not.toContain(CANARY)
  })

  describe("resealCredentials()", () => {
    const [oldText, newText, strangeText] = ["k", "n", "s"].map((byte) => btoa(byte.repeat(32))) as [
      string,
      string,
      string,
    ]
    const addProviders = async (count: number) => {
      const providers = Array.from({ length: count }, (_, i) => ({
        ...settings,
        tenantId: i % 2 === 0 ? "1" : "2",
        name: `P${i}`,
        apiKey: `${CANARY}-${i}`,
      }))
      const added = []
      for (const provider of providers) {
        const { id, tenantId } = await createServiceProvider(core, sealingKey, provider)
        added.push({ id, tenantId, apiKey: provider.apiKey })
      }
      return added
    }
    const sealedWith = async (key: SealingKey) => {
      const rows = await core.store.rows<{ sealed: string }>(sql`SELECT sealed_api_key AS sealed FROM service_provider`)
      return rows.filter(({ sealed }) => sealed.split(".")[1] === key.id).length
    }

    it("seals all anew, page by page, while readers of the old and the new settings run", async () => {
      const providers = await addProviders(250)
      const ring = await importSealingKey(newText, [oldText])
      const opening = new AbortController()
      let opened = 0
      const readers = [1, 2].map(async () => {
        while (!opening.signal.aborted) {
          const one = providers[opened++ % providers.length] as (typeof providers)[number]
          expect((await openCredentials(core, ring, one.tenantId, one.id)).apiKey).toBe(one.apiKey)
        }
      })
      const rotated = await resealCredentials(core, ring)
      opening.abort()
      await Promise.all(readers)
      expect([rotated, opened > 0]).toEqual([{ resealed: 250, unreadable: 0 }, true])
      const alone = await importSealingKey(newText)
      expect(await sealedWith(alone)).toBe(250)
      await checkSealingKey(core, alone)
      for (const { tenantId, id, apiKey } of providers) {
        expect((await openCredentials(core, alone, tenantId, id)).apiKey).toBe(apiKey)
      }
      expect(await resealCredentials(core, ring)).toEqual({ resealed: 0, unreadable: 0 })
    }, 60_000)

    it("goes on after it was stopped between two pages, and leaves all readable in between", async () => {
      const providers = await addProviders(250)
      const ring = await importSealingKey(newText, [oldText])
      let pages = 0
      const store: Platform["store"] = {
        ...core.store,
        unit: (options, statements) =>
          ++pages === 2 ? Promise.reject(new Error("killed")) : core.store.unit(options, statements),
      }
      await expect(resealCredentials({ ...core, store }, ring)).rejects.toThrow("killed")
      expect(await sealedWith(ring)).toBe(100)
      for (const { tenantId, id, apiKey } of providers) {
        expect((await openCredentials(core, ring, tenantId, id)).apiKey).toBe(apiKey)
      }
      expect(await resealCredentials(core, ring)).toEqual({ resealed: 150, unreadable: 0 })
      expect(await sealedWith(ring)).toBe(250)
    }, 60_000)

    it("does not undo a key that is entered meanwhile, and counts what no key opens", async () => {
      const one = (await addProviders(3))[0] as { readonly id: string; readonly tenantId: string }
      const ring = await importSealingKey(newText, [oldText])
      await ensureServiceProvider(core, await importSealingKey(strangeText), {
        ...settings,
        name: "P2",
        apiKey: "strange",
      })
      const store: Platform["store"] = {
        ...core.store,
        unit: async (options, statements) => {
          if (options.name === "providers.reseal") {
            await ensureServiceProvider(core, ring, { ...settings, name: "P0", apiKey: "entered-meanwhile" })
          }
          return core.store.unit(options, statements)
        },
      }
      expect(await resealCredentials({ ...core, store }, ring)).toEqual({ resealed: 2, unreadable: 1 })
      expect((await openCredentials(core, ring, one.tenantId, one.id)).apiKey).toBe("entered-meanwhile")
      await expect(checkSealingKey(core, ring)).rejects.toMatchObject({ message: expect.stringContaining("1 of 3") })
      const stopped = AbortSignal.abort(new Error("stop"))
      await expect(resealCredentials(core, ring, { signal: stopped })).rejects.toThrow("stop")
    })
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
