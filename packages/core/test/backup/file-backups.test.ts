import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { backupHandlers, type Backups, backupSchedule } from "../../src/backup/mod.ts"
import { fileBackups, restoreFile } from "../../src/backup/node/mod.ts"
import { enqueueScheduledJobs, runDueJobs } from "../../src/jobs/mod.ts"
import { systemRuntime } from "../../src/ports/mod.ts"
import { openStore, type Store } from "../../src/store/mod.ts"
import { testRuntime } from "../../src/testing/mod.ts"
import { startWorker } from "../worker-process.ts"

const runtime = systemRuntime()
let folder: string
let url: string
const opened: Store[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-backup-"))
  url = `file:${join(folder, "live.db")}`
})
afterEach(() => {
  for (const store of opened.splice(0)) store.close()
  rmSync(folder, { recursive: true, force: true })
})

const open = async (at = url) => {
  const store = await openStore({ url: at, createClient, runtime })
  opened.push(store)
  return store
}
const backupsOf = () => fileBackups({ url, folder: join(folder, "backups"), createClient, runtime })
const restore = (name: string, at?: number) =>
  restoreFile({
    folder: join(folder, "backups"),
    path: join(folder, name),
    createClient,
    ...(at !== undefined && { at }),
  })
const addTenant = (id: string) => sql`INSERT INTO tenant (id, name, created_at) VALUES (${id}, 'T', 1)`
const tenantIds = async (store: Store) =>
  (await store.rows<{ id: string }>(sql`SELECT id FROM tenant ORDER BY length(id), id`)).map(({ id }) => id)

describe("fileBackups()", () => {
  it("copies a file that another process writes to: whole units, in order, with all that was acknowledged", async () => {
    const store = await open()
    const writer = startWorker("write-rows", [url, "4000"])
    await writer.says("open")
    writer.child.stdin?.write("go\n")
    const copies: { name: string; acknowledged: number; at: number }[] = []
    for (let i = 0; i < 5; i++) {
      await expect.poll(async () => (await tenantIds(store)).length, { timeout: 20_000 }).toBeGreaterThan(i * 300)
      const acknowledged = (await tenantIds(store)).length
      const { name, at, bytes } = await backupsOf().take()
      expect(bytes).toBeGreaterThan(4_096)
      copies.push({ name, acknowledged, at })
    }
    expect(writer.lines).not.toContain("written 4000")
    await writer.says("written 4000")
    writer.child.kill("SIGKILL")
    expect((await backupsOf().list()).map(({ name }) => name)).toEqual(copies.map(({ name }) => name))
    for (const { name, acknowledged, at } of copies) {
      await restore(`of-${name}`, at)
      const rows = await tenantIds(await open(`file:${join(folder, `of-${name}`)}`))
      expect(rows).toEqual(rows.map((_, i) => `row-${i}`))
      expect(rows.length).toBeGreaterThanOrEqual(acknowledged)
      expect(rows.length).toBeLessThan(4_000)
    }
    expect(await tenantIds(store)).toHaveLength(4_000)
  }, 60_000)

  it("keeps copies readable by their owner only, and shows none that is not whole", async () => {
    const store = await open()
    await store.unit({ name: "test.add" }, [addTenant("a")])
    const { name } = await backupsOf().take()
    expect(statSync(join(folder, "backups", name)).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, "backups")).mode & 0o777).toBe(0o700)
    // What a process leaves that was killed while it copied, and what others put there.
    writeFileSync(join(folder, "backups", `${name.replace(".db", "")}x.db.partial`), "half")
    writeFileSync(join(folder, "backups", "notes.txt"), "mine")
    expect((await backupsOf().list()).map((one) => one.name)).toEqual([name])
    await expect(backupsOf().remove("notes.txt")).rejects.toMatchObject({ field: "name" })
    await expect(backupsOf().remove("../live.db")).rejects.toMatchObject({ field: "name" })
    await backupsOf().remove(name)
    await backupsOf().remove(name)
    expect(await backupsOf().list()).toEqual([])
  })

  it("refuses what is no file, is not there, or is no database of ours, and leaves nothing behind", async () => {
    for (const other of [":memory:", "libsql://db.example.com", "file::memory:"]) {
      expect(() => fileBackups({ url: other, folder, createClient, runtime })).toThrowError(
        expect.objectContaining({ field: "url" }),
      )
    }
    await expect(backupsOf().take()).rejects.toMatchObject({ code: "store.unavailable" })
    createClient({ url }).close()
    writeFileSync(join(folder, "live.db"), "no database ".repeat(1_000))
    await expect(backupsOf().take()).rejects.toMatchObject({ code: "store.unavailable" })
    rmSync(join(folder, "live.db"))
    const client = createClient({ url })
    await client.execute("CREATE TABLE other (id INTEGER)")
    client.close()
    await expect(backupsOf().take()).rejects.toMatchObject({ code: "store.corrupt" })
    expect(readdirSync(join(folder, "backups"))).toEqual([])
  })
})

describe("restoreFile()", () => {
  it("brings back the newest backup, or the one of an instant, and never touches a file that is there", async () => {
    const store = await open()
    const ats: number[] = []
    for (const id of ["a", "b", "c"]) {
      await store.unit({ name: "test.add" }, [addTenant(id)])
      ats.push((await backupsOf().take()).at)
      await runtime.clock.sleep(5)
    }
    expect((await restore("newest.db")).at).toBe(ats[2])
    expect((await restore("second.db", (ats[2] as number) - 1)).at).toBe(ats[1])
    expect(await tenantIds(await open(`file:${join(folder, "newest.db")}`))).toEqual(["a", "b", "c"])
    expect(await tenantIds(await open(`file:${join(folder, "second.db")}`))).toEqual(["a", "b"])
    await expect(restore("none.db", (ats[0] as number) - 1)).rejects.toMatchObject({
      code: "input.not_found",
      field: "at",
    })

    const before = readFileSync(join(folder, "second.db"))
    await expect(restore("second.db")).rejects.toMatchObject({ code: "input.invalid", field: "path" })
    writeFileSync(join(folder, "stale.db-wal"), "of another database")
    await expect(restore("stale.db")).rejects.toMatchObject({ code: "input.invalid", field: "path" })
    expect(readFileSync(join(folder, "second.db")).equals(before)).toBe(true)
    expect(readdirSync(folder)).not.toContain("stale.db")
  })

  it("restores nothing from a copy that was damaged", async () => {
    const store = await open()
    await store.unit({ name: "test.add" }, [addTenant("a")])
    const { name } = await backupsOf().take()
    const file = join(folder, "backups", name)
    const bytes = readFileSync(file)
    bytes.fill(0xff, 4_096, 12_288)
    writeFileSync(file, bytes)
    await expect(restore("new.db")).rejects.toMatchObject({ code: "store.corrupt" })
    mkdirSync(join(folder, "empty"))
    expect(readdirSync(folder).filter((one) => one.startsWith("new.db"))).toEqual([])
    await expect(
      restoreFile({ folder: join(folder, "empty"), path: join(folder, "new.db"), createClient }),
    ).rejects.toMatchObject({ field: "at" })
  })
})

describe("backups on a schedule", () => {
  it("are taken once for each time that comes, and old ones are removed", async () => {
    const virtual = testRuntime({ seed: 1, startAt: Date.UTC(2026, 0, 1) })
    const store = await openStore({ url, createClient, runtime: virtual })
    opened.push(store)
    const files = fileBackups({ url, folder: join(folder, "backups"), createClient, runtime: virtual })
    // Virtual time must not run on while the disk works.
    const backups: Backups = {
      take: () => virtual.clock.hold(files.take()),
      list: () => virtual.clock.hold(files.list()),
      remove: (name) => virtual.clock.hold(files.remove(name)),
    }
    const host = {
      store,
      runtime: virtual,
      handlers: backupHandlers(backups, { keepMs: 3.5 * 86_400_000, keepLast: 2 }),
    }
    const days: string[] = []
    for (let day = 0; day < 8; day++) {
      for (let round = 0; round < 2; round++) await enqueueScheduledJobs(host, [backupSchedule({ cron: "0 4 * * *" })])
      const { completed, dead } = await runDueJobs(host)
      expect([completed, dead]).toEqual([day === 0 ? 0 : 1, 0])
      await virtual.clock.advance(86_400_000)
      days.push(...(day === 7 ? (await backups.list()).map(({ at }) => new Date(at).toISOString().slice(0, 10)) : []))
    }
    expect(days).toEqual(["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"])
  })
})
