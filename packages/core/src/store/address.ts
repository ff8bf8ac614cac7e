import { isLoopback } from "../domain/mod.ts"
import { CoreError } from "../errors/mod.ts"

/** Where a database lives; it decides how its connections behave. */
export type DatabaseKind = "file" | "memory" | "remote"

/**
 * The kind of database behind an address.
 *
 * @throws {CoreError} `input.invalid` if the address is none that the client knows, or if it would send data and
 *   credentials over the network in clear: only this machine may be spoken to without TLS.
 */
export function databaseKind(url: string): DatabaseKind {
  if (/^(file:)?:memory:/.test(url)) return "memory"
  if (url.startsWith("file:")) return "file"
  const address = URL.canParse(url) ? new URL(url) : undefined
  if (!address || !/^(libsql|https?|wss?):$/.test(address.protocol)) {
    throw refused("expected file:, :memory:, libsql:, https: or wss:")
  }
  const isPlain = /^(http|ws):$/.test(address.protocol) || address.searchParams.get("tls") === "0"
  if (isPlain && !isLoopback(address.hostname)) {
    throw refused("an unencrypted connection is allowed to this machine only, use libsql: or https:")
  }
  return "remote"
}

function refused(reason: string): CoreError {
  return new CoreError("input.invalid", `Cannot open the database: ${reason}`, { field: "url" })
}
