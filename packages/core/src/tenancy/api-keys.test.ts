import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { systemRuntime } from "../ports/mod.ts"
import { openStore, type Platform } from "../store/mod.ts"
import { authenticate, createApiKey, createTenant, getTenant, hasTenants, listApiKeys, revokeApiKey } from "./mod.ts"

let folder: string
let core: Platform
const runtime = systemRuntime()

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-tenancy-"))
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
  })

  it("createTenant() gives the tenant that is there already", async () => {
    expect(await hasTenants(core)).toBe(true)
    expect(await createTenant(core, { id: "1", name: "Other" })).toMatchObject({ id: "1", name: "First" })
    expect(await getTenant(core, "1")).toMatchObject({ name: "First" })
    await expect(getTenant(core, "2")).rejects.toMatchObject({ code: "input.not_found", field: "tenantId" })
  })

  it("createTenant() refuses a bad id or name by field", async () => {
    await expect(createTenant(core, { id: "a b", name: "T" })).rejects.toMatchObject({ field: "id" })
    await expect(createTenant(core, { name: " " })).rejects.toMatchObject({ field: "name" })
  })

  it("createApiKey() shows a key once that authenticate() knows, and stores only its hash", async () => {
    const { key, id } = await createApiKey(core, { tenantId: "1", role: "operator", name: "ci" })
    expect(key).toMatch(/^ax_[\w-]{43}$/)
    expect(await authenticate(core, key)).toEqual({ tenantId: "1", role: "operator", keyId: id })
    const rows = await core.store.rows(sql`SELECT * FROM api_key`)
    expect(JSON.stringify(rows)).not.toContain(key)
    expect(JSON.stringify(await listApiKeys(core, "1"))).not.toMatch(/hash|ax_/i)
  })

  it("createApiKey() with a key of one's own is the same key again at every start", async () => {
    const request = { tenantId: "1", role: "owner", name: "bootstrap", key: "first-owner-key" } as const
    const first = await createApiKey(core, request)
    expect(await createApiKey(core, request)).toEqual(first)
    expect(await listApiKeys(core, "1")).toHaveLength(1)
  })

  it("createApiKey() refuses a key that another tenant or role has, or that was revoked", async () => {
    await createTenant(core, { id: "2", name: "Second" })
    const request = { tenantId: "1", role: "owner", name: "k", key: "first-owner-key" } as const
    const { id } = await createApiKey(core, request)
    const refused = { code: "input.invalid", field: "key" }
    await expect(createApiKey(core, { ...request, tenantId: "2" })).rejects.toMatchObject(refused)
    await expect(createApiKey(core, { ...request, role: "viewer" })).rejects.toMatchObject(refused)
    await revokeApiKey(core, "1", id)
    await expect(createApiKey(core, request)).rejects.toMatchObject(refused)
  })

  it("createApiKey() refuses bad input by field", async () => {
    const good = { tenantId: "1", role: "viewer", name: "k" } as const
    await expect(createApiKey(core, { ...good, tenantId: "9" })).rejects.toMatchObject({ field: "tenantId" })
    await expect(createApiKey(core, { ...good, name: "" })).rejects.toMatchObject({ field: "name" })
    await expect(createApiKey(core, { ...good, role: "root" as never })).rejects.toMatchObject({ field: "role" })
    for (const key of ["", "short", "with blank inside", "x".repeat(300)]) {
      await expect(createApiKey(core, { ...good, key })).rejects.toMatchObject({ field: "key" })
    }
  })

  it("revokeApiKey() ends a key at once, for its own tenant only", async () => {
    await createTenant(core, { id: "2", name: "Second" })
    const { key, id } = await createApiKey(core, { tenantId: "1", role: "viewer", name: "k" })
    await expect(revokeApiKey(core, "2", id)).rejects.toMatchObject({ code: "input.not_found" })
    expect(await authenticate(core, key)).toBeDefined()
    await revokeApiKey(core, "1", id)
    await revokeApiKey(core, "1", id)
    expect(await authenticate(core, key)).toBeUndefined()
  })

  it("authenticate() knows nothing malformed", async () => {
    for (const key of ["", "nope", "ax_unknown-key-of-the-right-form", "é".repeat(20), "x".repeat(10_000)]) {
      expect(await authenticate(core, key)).toBeUndefined()
    }
  })
})
