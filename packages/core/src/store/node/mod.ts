/** The fastest way to a database file, on hosts that have a file system. */
export { createClient } from "./create-client.ts"
