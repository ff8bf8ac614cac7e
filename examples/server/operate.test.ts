import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { receiveBulkChange } from "@altaworx/core/bulk-change"
import { createServiceProvider, openCredentials } from "@altaworx/core/providers"
import { getTenant } from "@altaworx/core/tenancy"
import { createClient } from "@libsql/client"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { backupJobs, openCore } from "./open-core.ts"
import { readSettings } from "./settings.ts"
import { OPERATE } from "./test-programs.ts"
import { runWorker } from "./worker.ts"

const OLD = btoa("canary-sealing-key-of-32-bytes!!")
const NEW = btoa("canary-another-key-of-32-bytes!!")

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-operate-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const envOf = (more: Record<string, string> = {}) => ({
  DATABASE_URL: `file:${join(folder, "live.db")}`,
  BACKUP_FOLDER: join(folder, "backups"),
  SEALING_KEY: OLD,
  ...more,
})
const settingsOf = (more: Record<string, string> = {}) =>
  readSettings({ ...envOf(more), BOOTSTRAP_API_KEY: "canary-bootstrap-key-0123456789" })

function operate(args: readonly string[], more: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [OPERATE, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...envOf(more) },
    encoding: "utf8",
  })
  expect(stdout + stderr).not.toMatch(/canary/)
  for (const key of [OLD, NEW]) expect(stdout + stderr).not.toContain(key)
  return { status, text: stdout + stderr }
}

async function seed() {
  const core = await openCore(settingsOf())
  const provider = await createServiceProvider(core, core.sealingKey, {
    tenantId: "1",
    name: "Jasper",
    integrationType: "Jasper",
    baseUrl: "https://carrier.example.com",
    username: "user",
    apiKey: "canary-api-key",
    billingPeriodEndDay: 18,
    timeZone: "UTC",
  })
  core.store.close()
  return provider.id
}

async function change(statement: string) {
  const client = createClient({ url: `file:${join(folder, "live.db")}` })
  await client.execute(statement)
  client.close()
}

describe("npm run operate", () => {
  it("backs up, lists and restores into a new file, with bulk changes paused", async () => {
    await seed()
    expect(operate(["backup"])).toMatchObject({
      status: 0,
      text: expect.stringMatching(/^Copied \d+ bytes to .*backup-.*\.db/),
    })
    expect(operate(["backups"]).text).toMatch(/^\d{4}-.*Z \d+ backup-\S+\.db\n$/)
    const to = join(folder, "restored.db")
    expect(operate(["restore", "--to", to])).toMatchObject({ status: 0, text: expect.stringContaining("full sync") })
    const core = await openCore(settingsOf({ DATABASE_URL: `file:${to}` }))
    expect(await getTenant(core, "1")).toMatchObject({ id: "1" })
    core.store.close()
    const client = createClient({ url: `file:${to}` })
    expect((await client.execute("SELECT tenant_id, queue FROM job_limit WHERE paused_at IS NOT NULL")).rows).toEqual([
      expect.objectContaining({ tenant_id: "*", queue: "bulk-change" }),
    ])
    client.close()
    expect(operate(["restore", "--to", to])).toMatchObject({
      status: 2,
      text: expect.stringContaining("file of that name"),
    })
    expect(operate(["restore", "--to", join(folder, "x.db"), "--at", "2020-01-01T00:00:00Z"]).status).toBe(2)
    expect(existsSync(join(folder, "x.db"))).toBe(false)
  })

  it("rotates the sealing key: both open while it goes on, the new one alone afterwards", async () => {
    const id = await seed()
    const both = { SEALING_KEY: NEW, SEALING_KEYS_RETIRED: OLD }
    expect(operate(["rotate"], { SEALING_KEY: NEW })).toMatchObject({
      status: 1,
      text: expect.stringContaining("enter them again"),
    })
    expect(operate(["rotate"], both)).toMatchObject({
      status: 0,
      text: expect.stringContaining("Sealed 1 credentials"),
    })
    expect(operate(["rotate"], both).text).toContain("Sealed 0 credentials")
    const core = await openCore(settingsOf({ SEALING_KEY: NEW }))
    expect((await openCredentials(core, core.sealingKey, "1", id)).apiKey).toBe("canary-api-key")
    core.store.close()
  })

  it("checks the audit log, tells a head to note, and ends with 1 where the log does not hold", async () => {
    await seed()
    const first = operate(["verify-audit", "--tenant", "1"])
    expect(first).toMatchObject({
      status: 0,
      text: expect.stringMatching(/^3 entries hold; note the head 3:[\da-f]{64}\n$/),
    })
    const head = /3:[\da-f]{64}/.exec(first.text)?.[0] ?? ""
    expect(operate(["verify-audit", "--tenant", "1", "--head", head]).status).toBe(0)
    expect(operate(["prune-audit", "--tenant", "1", "--before", "2100-01-01T00:00:00Z"]).text).toBe(
      "Removed 3 entries\n",
    )
    expect(operate(["verify-audit", "--tenant", "1"])).toMatchObject({
      status: 0,
      text: expect.stringMatching(/^0 entries/),
    })
    await change("UPDATE audit_log SET seq = 2")
    expect(operate(["verify-audit", "--tenant", "1", "--head", head])).toMatchObject({
      status: 1,
      text: expect.stringMatching(/^BROKEN at entry 3: missing/),
    })
  })

  it("puts bulk changes away that ended long ago, and leaves the others", async () => {
    const providerId = await seed()
    const core = await openCore(settingsOf())
    const receive = (requestId: string) =>
      receiveBulkChange(core, {
        tenantId: "1",
        createdBy: "test",
        role: "owner",
        requestId,
        request: {
          serviceProviderId: providerId,
          changeType: 2,
          devices: ["8999920242839545639"],
          carrierRatePlanUpdate: { carrierRatePlan: "B" },
        },
      })
    const { id } = await receive("old")
    await receive("new")
    core.store.close()
    await change(`UPDATE bulk_change SET state = 'done', processed_at = 1 WHERE id = '${id}'`)
    const line = (archived: number) => `Put away ${archived}, deleted 0, removed for good 0\n`
    expect(operate(["retain-changes", "--tenant", "1"])).toEqual({ status: 0, text: line(1) })
    expect(operate(["retain-changes", "--tenant", "1"])).toEqual({ status: 0, text: line(0) })
  })

  it.each([
    [[], /^Use: npm run operate/],
    [["retain-changes"], /^Use: npm run operate/],
    [["constructor"], /^Use: npm run operate/],
    [["backup", "twice"], /^Use: npm run operate/],
    [["backup", "--nonsense"], /^Use: npm run operate/],
    [["restore"], /^Use: npm run operate/],
    [["restore", "--to", "x.db", "--at", "yesterday"], /^--at must be an instant/],
    [["restore", "--to", "x.db", "--at", "2026-11-22T03:00:00"], /^--at must be an instant/],
    [["verify-audit", "--tenant", "1", "--head", "3"], /^--head must be/],
  ])("says what is wrong with %j", (args, line) => {
    expect(operate(args)).toMatchObject({ status: 2, text: expect.stringMatching(line) })
  })

  it("the server's worker takes backups when their time comes", async () => {
    const settings = settingsOf({ BACKUP_CRON: "* * * * *" })
    const { handlers, schedules } = await backupJobs(settings)
    const core = await openCore(settings)
    const stop = new AbortController()
    const failures: unknown[] = []
    const options = { queues: undefined, schedules, report: (error: unknown) => failures.push(error) }
    const working = runWorker(
      { ...core, handlers: [...core.handlers, ...handlers] },
      { ...options, signal: stop.signal },
    )
    // Due at once, rather than at the next full minute.
    const isTaken = async () => {
      await change("UPDATE job_schedule SET next_at = 60000 WHERE next_at > 60000")
      const folderNow = join(folder, "backups")
      return existsSync(folderNow) && readdirSync(folderNow).some((name) => name.endsWith(".db"))
    }
    await expect.poll(isTaken, { timeout: 20_000, interval: 200 }).toBe(true)
    stop.abort()
    await working
    expect(failures).toEqual([])
    core.store.close()
  })
})
