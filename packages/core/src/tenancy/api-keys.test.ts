import { createHash } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { CoreError } from "../errors/mod.ts"
import { systemRuntime } from "../ports/mod.ts"
import { openStore, type Platform } from "../store/mod.ts"
import {
  authenticate,
  createApiKey,
  createTenant,
  getTenant,
  hasTenants,
  listApiKeys,
  listAuditEntries,
  revokeApiKey,
} from "./mod.ts"

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
    expect(JSON.stringify(rows)).not.toContain(key.slice(11))
    const [listed] = await listApiKeys(core, "1")
    expect(listed).toEqual({
      id,
      name: "ci",
      role: "operator",
      prefix: key.slice(0, 11),
      createdAt: expect.any(Number),
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: expect.any(Number),
    })
  })

  it("a key of one's own shows nothing of itself, and keys that begin alike are told apart", async () => {
    const keys = ["canary-own-key-1", `ax_${"A".repeat(42)}a`, `ax_${"A".repeat(42)}b`]
    for (const key of keys) await createApiKey(core, { tenantId: "1", role: "viewer", name: key.slice(-1), key })
    const listed = await listApiKeys(core, "1")
    expect(listed.map(({ prefix }) => prefix)).toEqual([
      `sha256:${createHash("sha256").update("canary-own-key-1").digest("hex").slice(0, 8)}`,
      "ax_AAAAAAAA",
      "ax_AAAAAAAA",
    ])
    const found = await Promise.all(keys.map((key) => authenticate(core, key)))
    expect(found.map((identity) => identity?.keyId)).toEqual(listed.map(({ id }) => id))
    expect(await authenticate(core, `ax_${"A".repeat(42)}c`)).toBeUndefined()
  })

  it("a key ends at its instant, and cannot begin after it", async () => {
    let now = 1_000_000
    const timed = { ...core, runtime: { ...runtime, clock: { ...runtime.clock, now: () => now } } }
    const request = { tenantId: "1", role: "viewer", name: "k" } as const
    const { key } = await createApiKey(timed, { ...request, expiresAt: 2_000_000 })
    now = 1_999_999
    expect(await authenticate(timed, key)).toBeDefined()
    now = 2_000_000
    expect(await authenticate(timed, key)).toBeUndefined()
    await expect(createApiKey(timed, { ...request, key })).rejects.toMatchObject({ field: "key" })
    for (const expiresAt of [2_000_000, 1, Number.NaN, 2_500_000.5]) {
      await expect(createApiKey(timed, { ...request, expiresAt })).rejects.toMatchObject({ field: "expiresAt" })
    }
  })

  it("notes when a key was last used, once in ten minutes, and answers also where it cannot", async () => {
    let now = 1_000_000_000
    let touches = 0
    const store = {
      ...core.store,
      unit: ((options, statements) => {
        if (options.name === "tenancy.touch-api-key") touches++
        return core.store.unit(options, statements)
      }) satisfies Platform["store"]["unit"],
    }
    const timed = { store, runtime: { ...runtime, clock: { ...runtime.clock, now: () => now } } }
    const { key } = await createApiKey(timed, { tenantId: "1", role: "viewer", name: "k" })
    const lastUsed = async () => (await listApiKeys(core, "1"))[0]?.lastUsedAt
    expect(await lastUsed()).toBeNull()
    await authenticate(timed, key)
    now += 599_999
    await authenticate(timed, key)
    expect([touches, await lastUsed()]).toEqual([1, 1_000_000_000])
    now += 1
    await authenticate(timed, key)
    expect([touches, await lastUsed()]).toEqual([2, now])
    now += 600_000
    const busy = { ...store, unit: () => Promise.reject(new CoreError("store.busy", "Cannot write")) }
    expect(await authenticate({ ...timed, store: busy }, key)).toBeDefined()
  })

  it("records who created and revoked a key, once, and nothing of it", async () => {
    const own = { tenantId: "1", role: "owner", name: "k", key: "first-owner-key" } as const
    await Promise.all([createApiKey(core, own), createApiKey(core, own)])
    const { id } = await createApiKey(core, { ...own, actor: "api-key/x" })
    await revokeApiKey(core, "1", id, "api-key/y")
    await revokeApiKey(core, "1", id, "api-key/z")
    const entries = await listAuditEntries(core, "1")
    expect(entries.map(({ actor, action, subject }) => [actor, action, subject])).toEqual([
      ["api-key/y", "api-key.revoked", `api-key/${id}`],
      ["system", "api-key.created", `api-key/${id}`],
      ["system", "tenant.created", "tenant/1"],
    ])
    expect(JSON.stringify(entries)).not.toContain("first-owner-key")
  })

  it("createApiKey() with a key of one's own is the same key again at every start", async () => {
    const request = { tenantId: "1", role: "owner", name: "bootstrap", key: "first-owner-key" } as const
    const first = await createApiKey(core, request)
    expect(await createApiKey(core, request)).toEqual({ ...first, lastUsedAt: null })
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
