import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sql } from "drizzle-orm"
import { afterEach, beforeEach, expect, it } from "vitest"
import { runDueJobs } from "../../src/jobs/mod.ts"
import { createServiceProvider } from "../../src/providers/mod.ts"
import { getSyncRun, startSyncRun, syncHandlers } from "../../src/sync/mod.ts"
import { createTenant, importSealingKey } from "../../src/tenancy/mod.ts"
import { startWorker } from "../worker-process.ts"
import { FLEET_TENANT, fleetCarrier, openPlatform } from "../workers/fleet.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-killed-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

// Where the process is killed, one after the other: before and between chunks of promotion, before and after publication, and
// between chunks of settlement. Each process goes on where the one before was killed.
const KILLS = [
  ["sync.mark-missing", 1],
  ["sync.promote-chunk", 3],
  ["sync.publish", 1],
  ["sync.settle", 3],
] as const

it("shows readers in another process the whole old fleet or the whole new one, wherever the writer is killed", {
  timeout: 240_000,
}, async () => {
  const url = `file:${join(folder, "fleet.db")}`
  const platform = await openPlatform(url)
  await createTenant(platform, { id: FLEET_TENANT, name: "One" })
  const provider = await createServiceProvider(
    platform,
    await importSealingKey(Buffer.alloc(32, 7).toString("base64")),
    {
      tenantId: FLEET_TENANT,
      name: "Carrier",
      integrationType: "Jasper",
      baseUrl: "https://carrier.example",
      username: "u",
      apiKey: "k",
      billingPeriodEndDay: 18,
      timeZone: "UTC",
    },
  )
  const start = () => startSyncRun(platform, { tenantId: FLEET_TENANT, serviceProviderId: provider.id })
  await start()
  const before = fleetCarrier("before")
  await runDueJobs({
    ...platform,
    handlers: syncHandlers({ carrierFor: async () => before, afterSuccess: () => [] }),
  })
  const runId = await start()
  const { billingPeriodId } = await getSyncRun(platform, FLEET_TENANT, runId)

  const reader = startWorker("read-fleet", [url, provider.id, billingPeriodId])
  const readsAnew = async () => {
    const reads = () => reader.lines.filter((line) => line === "read").length
    const done = reads()
    reader.child.stdin?.write("again\n")
    await expect.poll(reads, { timeout: 60_000 }).toBeGreaterThan(done)
  }
  try {
    await readsAnew()
    for (const [unit, count] of KILLS) {
      const writer = startWorker("sync-fleet", [url, unit, String(count)])
      await writer.says("stands")
      writer.child.kill("SIGKILL")
      expect((await writer.ended).signal).toBe("SIGKILL")
      await readsAnew()
      const { publishedAt } = await getSyncRun(platform, FLEET_TENANT, runId)
      const isPublished = unit === "sync.publish" || unit === "sync.settle"
      expect([unit, publishedAt !== null]).toEqual([unit, isPublished])
    }
    const unsettled = await platform.store.rows<{ left: number }>(sql`SELECT count(*) AS left FROM device_next`)
    expect(unsettled[0]?.left).toBeGreaterThan(0)
    await startWorker("sync-fleet", [url, "", "0"]).says("done")
    await readsAnew()
  } finally {
    reader.child.kill("SIGKILL")
  }
  expect(await getSyncRun(platform, FLEET_TENANT, runId)).toMatchObject({
    status: "succeeded",
    inserted: 10,
    missing: 10,
  })
  platform.store.close()
  const seen = (what: string) => reader.lines.filter((line) => line.startsWith(`sees ${what} `))
  expect(seen("list")).toEqual(["sees list 300 A", "sees list 300 B, 10 missing"])
  expect(seen("usage")).toEqual(["sees usage 300 A used 1", "sees usage 300 B used 2"])
  expect(seen("count")).toEqual(["sees count 300"])
  // The usage of what is gone stays.
  expect(seen("used")).toEqual(["sees used 300", "sees used 310"])
})
