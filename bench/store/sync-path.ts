import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type MadeFleet, madeCarrier } from "./made-carrier.ts"
import { ratePerSecond } from "./measure.ts"
import { rawDatabase } from "./raw-database.ts"
import { cannedCarrier, openSyncWorld } from "./sync-world.ts"

/** From the carrier's answers as text to staged rows: the public path with its client, its checks, its hashes and its job. */
export const stageThroughSync = (devices: number) =>
  ratePerSecond(devices, async (path) => {
    const world = await openSyncWorld(path)
    const carrier = cannedCarrier(devices)
    return async () => {
      await world.sync(carrier, 1)
      const { staged, phase } = await world.run()
      if (staged !== devices || phase !== "usage") throw new Error(`${staged} of ${devices} devices were staged`)
      world.store.close()
    }
  })

/** The same from a carrier that holds nothing: what is left in memory is ours. */
export const stageWholeSync = (devices: number) =>
  ratePerSecond(devices, async (path) => {
    const world = await openSyncWorld(path)
    return async () => {
      await world.sync(madeCarrier({ devices, changed: 0, missing: 0 }), 2)
      const { staged, phase } = await world.run()
      if (staged !== devices || phase !== "promotion") throw new Error(`${staged} of ${devices} devices were staged`)
      world.store.close()
    }
  })

/**
 * Promotion of a staged run over a fleet that was synced before: validation, comparison, history, what is missing,
 * publication and settlement.
 */
export const promote = (fleet: MadeFleet) =>
  ratePerSecond(fleet.devices, async (path) => {
    copyFileSync(preparedFile(fleet), path)
    const world = await openSyncWorld(path)
    return async () => {
      await world.drain(madeCarrier(fleet))
      checkPromotion(await world.run(), fleet)
      world.store.close()
    }
  })

/** Promotion of a first sync: every device is new. */
export const promoteFirst = (devices: number) =>
  ratePerSecond(devices, async (path) => {
    const world = await openSyncWorld(path)
    const carrier = madeCarrier({ devices, changed: 0, missing: 0 })
    await world.sync(carrier, 2)
    return async () => {
      await world.drain(carrier)
      const { inserted, status } = await world.run()
      if (inserted !== devices || status !== "succeeded") throw new Error(`${inserted} devices are new`)
      world.store.close()
    }
  })

function checkPromotion(
  run: { readonly status: string; readonly updated: number; readonly missing: number },
  fleet: MadeFleet,
): void {
  const changed = Math.round(fleet.devices * fleet.changed)
  const missing = Math.round(fleet.devices * fleet.missing)
  if (run.status !== "succeeded" || run.updated !== changed || run.missing !== missing) {
    throw new Error(`Promoted otherwise than planned: ${JSON.stringify(run)}`)
  }
}

const preparedFile = (fleet: MadeFleet) =>
  join(process.env["BENCH_FOLDER"] ?? tmpdir(), `${fleet.devices}-${fleet.changed}-${fleet.missing}.db`)

/** Makes the database that rounds of a promotion begin with: one sync through, the next one staged. */
export async function prepare(fleet: MadeFleet): Promise<void> {
  if (existsSync(preparedFile(fleet))) return
  const folder = mkdtempSync(join(tmpdir(), "altaworx-bench-"))
  const path = join(folder, "bench.db")
  const world = await openSyncWorld(path)
  await world.sync(madeCarrier({ ...fleet, changed: 0, missing: 0 }))
  await world.sync(madeCarrier(fleet), 2)
  await world.run()
  world.store.close()
  // The last connection to close brings the log into the file.
  const database = rawDatabase(path)
  database.pragma("wal_checkpoint(TRUNCATE)")
  database.close()
  renameSync(path, preparedFile(fleet))
  rmSync(folder, { recursive: true, force: true })
}

// The columns of `device` and of `device_usage`, with their keys and without the other indexes.
const DEVICE = `CREATE TABLE device (tenant_id TEXT NOT NULL, service_provider_id TEXT NOT NULL, carrier_device_id TEXT NOT NULL,
  id TEXT NOT NULL, iccid TEXT NOT NULL, iccid_key TEXT NOT NULL, msisdn TEXT, imei TEXT, eid TEXT, status TEXT NOT NULL,
  carrier_status TEXT NOT NULL, carrier_rate_plan TEXT, communication_plan TEXT, content_hash TEXT NOT NULL,
  missing_since INTEGER, created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, read_at INTEGER,
  PRIMARY KEY (tenant_id, service_provider_id, carrier_device_id)) STRICT, WITHOUT ROWID`

const USAGE = `CREATE TABLE device_usage (tenant_id TEXT NOT NULL, service_provider_id TEXT NOT NULL, billing_period_id TEXT NOT NULL,
  carrier_device_id TEXT NOT NULL, bytes INTEGER NOT NULL, sms_count INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, service_provider_id, billing_period_id, carrier_device_id)) STRICT, WITHOUT ROWID`

/** One prepared INSERT for each device and one for its usage, into tables like ours, in one transaction. */
export const insertRaw = (devices: number) =>
  ratePerSecond(devices, async (path) => {
    const database = rawDatabase(path)
    database.exec(`${DEVICE}; ${USAGE}`)
    const insert = database.prepare(`INSERT INTO device VALUES (${Array(18).fill("?").join(", ")})`)
    const insertUsage = database.prepare("INSERT INTO device_usage VALUES (?, ?, ?, ?, ?, ?, ?)")
    return () => {
      database.exec("BEGIN")
      for (let i = 0; i < devices; i++) {
        const iccid = `8901260123${String(i).padStart(9, "0")}`
        insert.run(
          "1",
          "provider-1",
          iccid,
          `device-${String(i).padStart(9, "0")}`,
          iccid,
          iccid,
          null,
          null,
          null,
          "active",
          "ACTIVATED",
          "Flex 1MB",
          `Communication ${i % 5}`,
          "0123456789abcdef0123456789abcdef",
          null,
          1_790_000_000_000,
          1_790_000_000_000,
          null,
        )
        insertUsage.run("1", "provider-1", "period-1", iccid, i * 1_000, 0, 1_790_000_000_000)
      }
      database.exec("COMMIT")
      database.close()
    }
  })
