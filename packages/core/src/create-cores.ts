import { type Core, createCore, type CreateCoreOptions } from "./create-core.ts"
import type { TenantDatabases } from "./store/mod.ts"

/** One core for each database. */
export interface TenantCores {
  /** The core that a tenant's verbs are called with. */
  coreFor(tenantId: string): Core
  /** All of them, for `runDueJobsOfAll` and whatever else goes through all databases. */
  readonly all: readonly Core[]
}

/**
 * Joins carriers and rooms with each of several databases.
 *
 * @example
 * ```ts
 * import { createCores } from "@altaworx/core"
 * import { runDueJobsOfAll } from "@altaworx/core/jobs"
 * import { systemRuntime } from "@altaworx/core/ports"
 * import { openTenantDatabases } from "@altaworx/core/store"
 * import { createTenant, importSealingKey } from "@altaworx/core/tenancy"
 * import { createClient } from "@libsql/client"
 *
 * const own = { acme: { url: "file::memory:" } }
 * const runtime = systemRuntime()
 * const databases = await openTenantDatabases({ shared: { url: ":memory:" }, own, createClient, runtime })
 * const sealingKey = await importSealingKey(btoa("k".repeat(32)))
 * const cores = createCores(databases, { sealingKey, connectors: {} })
 * await createTenant(cores.coreFor("acme"), { id: "acme", name: "Acme" })
 * console.log((await runDueJobsOfAll(cores.all)).completed) // 0
 * databases.close()
 * ```
 */
export function createCores(
  databases: TenantDatabases,
  options: Omit<CreateCoreOptions, "store" | "runtime">,
): TenantCores {
  const cores = new Map(databases.all.map((platform) => [platform, createCore({ ...options, ...platform })]))
  return {
    coreFor: (tenantId) => cores.get(databases.platformFor(tenantId)) as Core,
    all: [...cores.values()],
  }
}
