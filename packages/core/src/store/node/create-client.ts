import { createClient as createRemoteClient } from "@libsql/client"
import { databaseKind } from "../address.ts"
import type { ClientConfig, DatabaseClient } from "../client.ts"
import { fileClient } from "./file-client.ts"

/**
 * The client for `openStore` on hosts with a file system: files and databases in memory by the native module, with
 * statements that are prepared once, which makes small units two to three times as fast; remote databases by `@libsql/client`.
 *
 * It takes the package `libsql`, in the version that `@libsql/client` stands on: two copies of SQLite in one process must
 * not open the same file.
 *
 * @throws {CoreError} `input.invalid`, field `url`, if the address is none.
 * @example
 * ```ts
 * import { systemRuntime } from "@altaworx/core/ports"
 * import { openStore } from "@altaworx/core/store"
 * import { createClient } from "@altaworx/core/store/node"
 *
 * const store = await openStore({ url: ":memory:", createClient, runtime: systemRuntime() })
 * store.close()
 * ```
 */
export function createClient(config: ClientConfig): DatabaseClient {
  return databaseKind(config.url) === "remote" ? createRemoteClient(config) : fileClient(config)
}
