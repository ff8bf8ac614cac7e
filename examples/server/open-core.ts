import { mkdirSync } from "node:fs"
import { type Core, createCore } from "@altaworx/core"
import { backupHandlers, backupSchedule } from "@altaworx/core/backup"
import { fileBackups } from "@altaworx/core/backup/node"
import { controlCenter } from "@altaworx/core/carriers/control-center"
import { isCoreError } from "@altaworx/core/errors"
import type { JobHandler, JobSchedule } from "@altaworx/core/jobs"
import { systemRuntime } from "@altaworx/core/ports"
import { checkEndpoints, checkSealingKey } from "@altaworx/core/providers"
import { openStore, type Store } from "@altaworx/core/store"
import { createClient } from "@altaworx/core/store/node"
import { createApiKey, createTenant, hasTenants, importSealingKey, type SealingKey } from "@altaworx/core/tenancy"
import { DEFAULT_DATABASE_URL, type Settings, StartError } from "./settings.ts"

export const runtime = systemRuntime()

/**
 * Opens everything the server stands on: the database, the sealing key, the first tenant and its key.
 *
 * @throws {StartError} If a setting does not work. The database is closed again.
 */
export async function openCore(settings: Settings): Promise<Core> {
  const sealingKey = await openSealingKey(settings)
  const store = await openDatabase(settings)
  try {
    const core = createCore({ store, runtime, sealingKey, connectors: { Jasper: controlCenter } })
    if (settings.sealingKey !== undefined) await named("SEALING_KEY", checkSealingKey(core, sealingKey))
    await named("Stored carrier addresses", checkEndpoints(core))
    await bootstrap(core, settings)
    return core
  } catch (error) {
    store.close()
    throw error
  }
}

export async function openSealingKey({ sealingKey, retiredSealingKeys }: Settings): Promise<SealingKey> {
  if (sealingKey !== undefined) {
    await named("SEALING_KEY", importSealingKey(sealingKey))
    return named("SEALING_KEYS_RETIRED", importSealingKey(sealingKey, retiredSealingKeys))
  }
  // A key that nobody has: nothing opens, and no job runs that would need it to.
  return importSealingKey(btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32)))))
}

export async function openDatabase({ databaseUrl, databaseAuthToken }: Settings): Promise<Store> {
  if (databaseUrl === DEFAULT_DATABASE_URL) mkdirSync(".data", { recursive: true })
  const authToken = databaseAuthToken === undefined ? {} : { authToken: databaseAuthToken }
  return named("DATABASE_URL", openStore({ url: databaseUrl, ...authToken, createClient, runtime }))
}

async function bootstrap(core: Core, { bootstrapApiKey }: Settings): Promise<void> {
  if (bootstrapApiKey === undefined) {
    if (!(await hasTenants(core))) {
      console.error("There is no tenant yet: set BOOTSTRAP_API_KEY to create tenant 1 and its first owner key")
    }
    return
  }
  await createTenant(core, { id: "1", name: "Tenant 1" })
  const request = { tenantId: "1", role: "owner", name: "bootstrap", key: bootstrapApiKey } as const
  await named("BOOTSTRAP_API_KEY", createApiKey(core, request))
  if (bootstrapApiKey.length < 24) {
    console.error("BOOTSTRAP_API_KEY is short enough to be guessed: use 24 random characters or more")
  }
}

/** The jobs that copy the database, where there is a folder for the copies. */
export async function backupJobs(settings: Settings): Promise<{
  readonly handlers: readonly JobHandler[]
  readonly schedules: readonly JobSchedule[]
}> {
  const { databaseUrl: url, backupFolder: folder, backupCron: cron } = settings
  if (folder === undefined) return { handlers: [], schedules: [] }
  const backups = await named("BACKUP_FOLDER", async () => fileBackups({ url, folder, createClient, runtime }))
  return { handlers: backupHandlers(backups), schedules: [backupSchedule(cron === undefined ? {} : { cron })] }
}

/** Says which setting a failure comes from. Messages of core hold no secrets. */
async function named<T>(setting: string, work: Promise<T> | (() => Promise<T>)): Promise<T> {
  try {
    return await (typeof work === "function" ? work() : work)
  } catch (error) {
    if (!isCoreError(error)) throw error
    throw new StartError(`${setting}: ${error.message}`, { cause: error })
  }
}
