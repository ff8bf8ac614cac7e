/** The mechanism of storage: open, read, write a unit. Tables and statements live in the rooms that own them. */
export type { ClientConfig, DatabaseClient, ResultRows } from "./client.ts"
export { unitGuard } from "./fence.ts"
export { type OpenStoreOptions, openStore } from "./open-store.ts"
export {
  type DatabaseAddress,
  openTenantDatabases,
  type TenantDatabases,
  type TenantDatabasesOptions,
} from "./tenant-databases.ts"
export type { Fence, Platform, ReadDatabase, Statement, Store, UnitOptions, UnitRows } from "./store.ts"
