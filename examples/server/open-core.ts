import { mkdirSync } from "node:fs"
import { type Core, createCore } from "@altaworx/core"
import { controlCenter } from "@altaworx/core/carriers/control-center"
import { isCoreError } from "@altaworx/core/errors"
import { systemRuntime } from "@altaworx/core/ports"
import { checkEndpoints, checkSealingKey } from "@altaworx/core/providers"
import { openStore, type Store } from "@altaworx/core/store"
import { createApiKey, createTenant, hasTenants, importSealingKey, type SealingKey } from "@altaworx/core/tenancy"
import { createClient } from "@libsql/client"
import { DEFAULT_DATABASE_URL, type Settings, StartError } from "./settings.ts"

const runtime = systemRuntime()

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

async function openSealingKey({ sealingKey }: Settings): Promise<SealingKey> {
  if (sealingKey !== undefined) return named("SEALING_KEY", importSealingKey(sealingKey))
  // A key that nobody has: nothing opens, and no job runs that would need it to.
  return importSealingKey(btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32)))))
}

async function openDatabase({ databaseUrl, databaseAuthToken }: Settings): Promise<Store> {
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

/** Says which setting a failure comes from. Messages of core hold no secrets. */
async function named<T>(setting: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!isCoreError(error)) throw error
    throw new StartError(`${setting}: ${error.message}`, { cause: error })
  }
}
