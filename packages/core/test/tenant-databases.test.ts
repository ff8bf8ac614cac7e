import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import fc from "fast-check"
import * as v from "valibot"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { backupHandlers, backupSchedule } from "../src/backup/mod.ts"
import { fileBackups, restoreFile } from "../src/backup/node/mod.ts"
import { createCores } from "../src/create-cores.ts"
import { CoreError } from "../src/errors/mod.ts"
import {
  enqueueJob,
  enqueueScheduledJobs,
  findJob,
  handleJob,
  type JobHost,
  type JobType,
  runDueJobsOfAll,
} from "../src/jobs/mod.ts"
import { systemRuntime } from "../src/ports/mod.ts"
import { createServiceProvider, getServiceProvider, listServiceProviders } from "../src/providers/mod.ts"
import { openTenantDatabases, type Platform, type TenantDatabases } from "../src/store/mod.ts"
import {
  authenticate,
  createApiKey,
  createTenant,
  getTenant,
  importSealingKey,
  listApiKeys,
  listAuditEntries,
  revokeApiKey,
  verifyAuditChain,
} from "../src/tenancy/mod.ts"

const runtime = systemRuntime()
const TENANTS = ["a", "b", "c", "d"] as const
const OWN = ["c", "d"]
const sealingKeyOf = () => importSealingKey(btoa("k".repeat(32)))

let folder: string
let databases: TenantDatabases
const address = (name: string) => ({ url: `file:${join(folder, name)}` })
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-tenants-"))
  databases = await openTenantDatabases({
    shared: address("shared.db"),
    own: { c: address("own.db"), d: address("own.db") },
    createClient,
    runtime,
  })
})
afterEach(() => {
  databases.close()
  rmSync(folder, { recursive: true, force: true })
})

const platformOf = (tenantId: string) => databases.platformFor(tenantId)

/** Whose rows a database holds, over all tables that know a tenant. */
async function tenantsIn({ store }: Platform): Promise<readonly string[]> {
  const tables = await store.rows<{ name: string }>(sql`
    SELECT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c ON c.name = 'tenant_id' WHERE t.type = 'table'`)
  expect(tables.length).toBeGreaterThan(10)
  const found = await Promise.all(
    tables.map(({ name }) =>
      store.rows<{ id: string }>(sql`SELECT DISTINCT tenant_id AS id FROM ${sql.identifier(name)}`),
    ),
  )
  const tenants = await store.rows<{ id: string }>(sql`SELECT id FROM tenant`)
  return [...new Set([...found.flat(), ...tenants].map(({ id }) => id))].sort((x, y) => (x < y ? -1 : 1))
}

describe("openTenantDatabases()", () => {
  it("opens and migrates each database once, and knows whose is whose", async () => {
    expect(databases.all).toHaveLength(2)
    expect(platformOf("a")).toBe(platformOf("anybody"))
    expect(platformOf("a")).toBe(databases.all[0])
    expect([platformOf("c"), platformOf("d")]).toEqual([databases.all[1], databases.all[1]])
    for (const { store } of databases.all) {
      expect(await store.rows(sql`SELECT count(*) > 0 AS is_migrated FROM schema_migration`)).toEqual([
        { is_migrated: 1 },
      ])
    }
    databases.close()
    await expect(getTenant(platformOf("c"), "c")).rejects.toMatchObject({ code: "store.closed" })
  })

  it.each([
    [{ url: "http://db.example.com" }, "input.invalid"],
    [{ url: "postgres://db" }, "input.invalid"],
    [{ url: "file:no/such/folder/x.db" }, "store.unavailable"],
  ])("says which one cannot be opened: %j", async (bad, code) => {
    const opening = (shared: object, own: object) =>
      openTenantDatabases({ shared, own, createClient, runtime } as Parameters<typeof openTenantDatabases>[0])
    const good = address("other.db")
    await expect(opening(good, { z: bad })).rejects.toMatchObject({ code, field: "own.z.url" })
    await expect(opening(bad, {})).rejects.toMatchObject({ code, field: "shared.url" })
    // Nothing was left open: the good one can be opened and closed again.
    ;(await opening(good, {})).close()
  })

  it("keeps each tenant's rows in its database, and reaches no other, whatever is asked for", async () => {
    const sealingKey = await sealingKeyOf()
    for (const id of TENANTS) await createTenant(platformOf(id), { id, name: `Tenant ${id}` })
    const settings = {
      integrationType: "Jasper",
      baseUrl: "https://carrier.example.com",
      username: "user",
      apiKey: "canary",
      billingPeriodEndDay: 18,
      timeZone: "UTC",
    }
    const keys = new Map<string, string>()
    const providers = new Map<string, string>()
    for (const tenantId of TENANTS) {
      const platform = platformOf(tenantId)
      keys.set(tenantId, (await createApiKey(platform, { tenantId, role: "owner", name: "k" })).key)
      providers.set(
        tenantId,
        (await createServiceProvider(platform, sealingKey, { ...settings, tenantId, name: "P" })).id,
      )
    }
    const anyTenant = fc.constantFrom(...TENANTS)
    await fc.assert(
      fc.asyncProperty(anyTenant, anyTenant, fc.nat(5), async (caller, other, what) => {
        const platform = platformOf(caller)
        const isSame = platform === platformOf(other)
        if (what === 0) {
          const identity = await authenticate(platform, keys.get(other) as string)
          expect(identity?.tenantId).toBe(isSame ? other : undefined)
        } else if (what === 1 && caller !== other) {
          await expect(getServiceProvider(platform, caller, providers.get(other) as string)).rejects.toMatchObject({
            code: "input.not_found",
          })
        } else if (what === 2 && caller !== other) {
          const [key] = await listApiKeys(platformOf(other), other)
          await expect(revokeApiKey(platform, caller, key?.id ?? "")).rejects.toMatchObject({ code: "input.not_found" })
        } else if (what === 3 && !isSame) {
          await expect(createApiKey(platform, { tenantId: other, role: "viewer", name: "x" })).rejects.toMatchObject({
            field: "tenantId",
          })
          await expect(
            createServiceProvider(platform, sealingKey, { ...settings, tenantId: other, name: "X" }),
          ).rejects.toMatchObject({ field: "tenantId" })
        } else if (what === 4 && !isSame) {
          expect([await listServiceProviders(platform, other), await listAuditEntries(platform, other)]).toEqual([
            [],
            [],
          ])
        } else {
          await createApiKey(platform, { tenantId: caller, role: "viewer", name: "more" })
        }
      }),
      { numRuns: 150 },
    )
    expect(await tenantsIn(platformOf("a"))).toEqual(["a", "b"])
    expect(await tenantsIn(platformOf("c"))).toEqual(OWN)
    for (const id of TENANTS) expect(await verifyAuditChain(platformOf(id), sealingKey, id)).toMatchObject({ ok: true })
  }, 60_000)
})

describe("work over several databases", () => {
  const type: JobType<{ readonly n: number }> = {
    type: "test.note",
    queue: "test",
    payload: v.object({ n: v.number() }),
    maxAttempts: 2,
    retry: { kind: "fixed", baseMs: 1, maxMs: 1 },
    leaseMs: 60_000,
  }
  const done: string[] = []
  const hostOf = (platform: Platform): JobHost => ({
    ...platform,
    handlers: [
      handleJob(type, ({ n }, { tenantId }) => {
        done.push(`${tenantId}${n}`)
        return Promise.resolve({})
      }),
    ],
  })
  const enqueue = async (tenantId: string, count: number) => {
    const statements = Array.from({ length: count }, (_, n) =>
      enqueueJob(runtime, { type, tenantId, payload: { n }, id: `${tenantId}${n}` }),
    )
    await platformOf(tenantId).store.unit({ name: "test.enqueue" }, statements)
  }
  beforeEach(() => {
    done.length = 0
  })

  it("drains the jobs of all, in turns, so that a long line keeps nobody waiting", async () => {
    await enqueue("a", 300)
    await enqueue("c", 20)
    const result = await runDueJobsOfAll(databases.all.map(hostOf), { turn: 25, claimSize: 25 })
    expect(result).toEqual({ completed: 320, retried: 0, returned: 0, dead: 0, lost: 0, nextDueAt: null })
    expect(new Set(done).size).toBe(320)
    expect(done.indexOf("c19")).toBeLessThan(60)
    expect(await findJob(platformOf("c"), "c", "c19")).toMatchObject({ state: "done" })
    expect(await findJob(platformOf("a"), "c", "c19")).toBeUndefined()
  })

  it("keeps the limits for all together, and says when the next job is due", async () => {
    await enqueue("a", 10)
    await enqueue("c", 10)
    const hosts = databases.all.map(hostOf)
    expect((await runDueJobsOfAll(hosts, { turn: 3, maxJobs: 8 })).completed).toBe(8)
    expect(done.filter((one) => one.startsWith("c"))).toHaveLength(3)
    const aborted = { signal: AbortSignal.abort() }
    expect((await runDueJobsOfAll(hosts, aborted)).completed).toBe(0)
    expect((await runDueJobsOfAll(hosts, { deadlineMs: 0 })).completed).toBe(0)
    expect((await runDueJobsOfAll(hosts)).completed).toBe(12)
    const later = runtime.clock.now() + 60_000
    await platformOf("c").store.unit({ name: "test.later" }, [
      enqueueJob(runtime, { type, tenantId: "c", payload: { n: 1 }, runAt: later }),
    ])
    expect((await runDueJobsOfAll(hosts)).nextDueAt).toBe(later)
    expect(await runDueJobsOfAll([])).toMatchObject({ completed: 0, nextDueAt: null })
  })

  it("goes on with the others where one database fails, and fails where all do", async () => {
    await enqueue("a", 5)
    await enqueue("c", 5)
    const [shared, own] = databases.all.map(hostOf) as [JobHost, JobHost]
    const failing = (host: JobHost): JobHost => ({
      ...host,
      store: { ...host.store, unit: () => Promise.reject(new CoreError("store.unavailable", "Cannot write")) },
    })
    const failed: unknown[] = []
    const broken = failing(shared)
    await expect(runDueJobsOfAll([broken, failing(own)])).rejects.toMatchObject({ code: "store.unavailable" })
    const result = await runDueJobsOfAll([broken, own], { onHostFailed: (error, host) => failed.push([error, host]) })
    expect(result.completed).toBe(5)
    expect(failed).toEqual([[expect.objectContaining({ code: "store.unavailable" }), broken]])
  })

  it("backs up each by its own jobs, and restores one without the other", async () => {
    for (const id of ["a", "c"]) await createTenant(platformOf(id), { id, name: id })
    const names = ["shared", "own"]
    const backupsOf = (name: string) =>
      fileBackups({ url: address(`${name}.db`).url, folder: join(folder, `${name}-backups`), createClient, runtime })
    const schedule = backupSchedule({ cron: "* * * * *" })
    const hosts = databases.all.map((platform, i) => ({
      ...platform,
      handlers: backupHandlers(backupsOf(names[i] as string)),
    }))
    for (const host of hosts) await enqueueScheduledJobs(host, [schedule])
    for (const { store } of hosts) {
      await store.unit({ name: "test.due" }, [sql`UPDATE job_schedule SET next_at = 60000`])
    }
    for (const host of hosts) await enqueueScheduledJobs(host, [schedule])
    expect((await runDueJobsOfAll(hosts)).completed).toBe(2)

    await createTenant(platformOf("d"), { id: "d", name: "later" })
    databases.close()
    for (const end of ["", "-wal", "-shm"]) rmSync(join(folder, `own.db${end}`), { force: true })
    await restoreFile({ folder: join(folder, "own-backups"), path: join(folder, "restored.db"), createClient })
    databases = await openTenantDatabases({
      shared: address("shared.db"),
      own: { c: address("restored.db"), d: address("restored.db") },
      createClient,
      runtime,
    })
    expect(await getTenant(platformOf("c"), "c")).toMatchObject({ name: "c" })
    expect(await getTenant(platformOf("a"), "a")).toMatchObject({ name: "a" })
    await expect(getTenant(platformOf("d"), "d")).rejects.toMatchObject({ code: "input.not_found" })
  })
})

describe("createCores()", () => {
  it("gives a tenant the core of its database", async () => {
    const cores = createCores(databases, { sealingKey: await sealingKeyOf(), connectors: {} })
    expect(cores.all.map(({ store }) => store)).toEqual(databases.all.map(({ store }) => store))
    expect(cores.coreFor("c")).toBe(cores.all[1])
    expect(cores.coreFor("nobody")).toBe(cores.all[0])
    expect((await runDueJobsOfAll(cores.all)).dead).toBe(0)
  })
})
