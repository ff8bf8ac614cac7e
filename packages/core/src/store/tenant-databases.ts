import { CoreError, isCoreError } from "../errors/mod.ts"
import { type OpenStoreOptions, openStore } from "./open-store.ts"
import type { Platform } from "./store.ts"

/** Where a database is. */
export type DatabaseAddress = Pick<OpenStoreOptions, "url" | "authToken">

export interface TenantDatabasesOptions extends Omit<OpenStoreOptions, "url" | "authToken"> {
  /** The database of all tenants that have none of their own. */
  readonly shared: DatabaseAddress
  /** By tenant id. Tenants that name the same address share it. @default none */
  readonly own?: Readonly<Record<string, DatabaseAddress>>
}

/** Which tenant's rows are in which database. */
export interface TenantDatabases {
  /** The database that a tenant's rows are in, and the only one to use its verbs with. */
  platformFor(tenantId: string): Platform
  /** All databases, each once, the shared one first: for workers, backups and whatever else goes through all. */
  readonly all: readonly Platform[]
  close(): void
}

/**
 * Opens the database of every tenant, each brought up to date. A tenant is in one database only, so no query can reach
 * from one database into another; moving a tenant is an export and an import, not a change of its address.
 *
 * @throws {CoreError} As `openStore`, field `own.<tenant id>.url` or `shared.url` where an address is to blame. All
 *   databases are closed again.
 * @example
 * ```ts
 * import { createClient } from "@libsql/client"
 * import { systemRuntime } from "@altaworx/core/ports"
 * import { openTenantDatabases } from "@altaworx/core/store"
 *
 * const databases = await openTenantDatabases({
 *   shared: { url: ":memory:" },
 *   own: { acme: { url: "file::memory:" } },
 *   createClient,
 *   runtime: systemRuntime(),
 * })
 * console.log(databases.all.length, databases.platformFor("acme") === databases.platformFor("other")) // 2 false
 * databases.close()
 * ```
 */
export async function openTenantDatabases(options: TenantDatabasesOptions): Promise<TenantDatabases> {
  const { shared, own = {}, ...rest } = options
  const byAddress = new Map<string, Platform>()
  const close = () => {
    for (const { store } of byAddress.values()) store.close()
  }
  const open = async (address: DatabaseAddress, field: string): Promise<Platform> => {
    const known = byAddress.get(address.url)
    if (known) return known
    const platform = { store: await named(field, openStore({ ...rest, ...address })), runtime: options.runtime }
    byAddress.set(address.url, platform)
    return platform
  }
  const byTenant = new Map<string, Platform>()
  try {
    const everyone = await open(shared, "shared")
    for (const [tenantId, address] of Object.entries(own)) {
      byTenant.set(tenantId, await open(address, `own.${tenantId}`))
    }
    return {
      platformFor: (tenantId) => byTenant.get(tenantId) ?? everyone,
      all: [...byAddress.values()],
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

/** Says which of the databases failed. */
async function named<T>(field: string, opening: Promise<T>): Promise<T> {
  try {
    return await opening
  } catch (error) {
    if (!isCoreError(error)) throw error
    throw new CoreError(error.code, `${error.message} (${field})`, { field: `${field}.url`, cause: error })
  }
}
