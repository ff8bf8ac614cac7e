/** The server's settings, from its environment. */
export interface Settings {
  readonly databaseUrl: string
  readonly databaseAuthToken: string | undefined
  readonly port: number
  readonly host: string
  /** First owner key, of tenant 1. */
  readonly bootstrapApiKey: string | undefined
  /** Base64 of 32 bytes. Without it no carrier can be reached, so no jobs are run. */
  readonly sealingKey: string | undefined
  /** Keys that it replaced, while something is sealed with them. */
  readonly retiredSealingKeys: readonly string[]
  /** Where copies of the database are kept; `undefined` = none are taken. */
  readonly backupFolder: string | undefined
  /** When they are taken, five cron fields in UTC; `undefined` = every night. */
  readonly backupCron: string | undefined
  /** Jobs in this process beside the HTTP app, none, or nothing but jobs. */
  readonly worker: "inline" | "off" | "only"
  /** Only these queues; `undefined` = all. */
  readonly workerQueues: readonly string[] | undefined
}

/** A reason not to start, in one line. */
export class StartError extends Error {
  override readonly name = "StartError"
}

export const DEFAULT_DATABASE_URL = "file:.data/altaworx.db"

/** @throws {StartError} That names the setting and what it may be. Values of secrets are not repeated. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  // An empty variable is how many hosts write "not set".
  const read = (name: string) => (env[name] === "" ? undefined : env[name])
  const sealingKey = read("SEALING_KEY")
  const worker = read("WORKER") ?? (sealingKey === undefined ? "off" : "inline")
  if (worker !== "inline" && worker !== "off" && worker !== "only") {
    throw new StartError(`WORKER must be inline, off or only, got "${worker}"`)
  }
  if (worker !== "off" && sealingKey === undefined) {
    throw new StartError(`WORKER=${worker} needs SEALING_KEY: jobs open the carriers' credentials with it`)
  }
  return {
    databaseUrl: read("DATABASE_URL") ?? DEFAULT_DATABASE_URL,
    databaseAuthToken: read("DATABASE_AUTH_TOKEN"),
    port: readPort(read("PORT") ?? "8787"),
    host: read("HOST") ?? "127.0.0.1",
    bootstrapApiKey: read("BOOTSTRAP_API_KEY"),
    sealingKey,
    retiredSealingKeys: listOf(read("SEALING_KEYS_RETIRED")) ?? [],
    backupFolder: read("BACKUP_FOLDER"),
    backupCron: read("BACKUP_CRON"),
    worker,
    workerQueues: listOf(read("WORKER_QUEUES")),
  }
}

function listOf(text: string | undefined): readonly string[] | undefined {
  return text
    ?.split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "")
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) throw new StartError(`PORT must be a whole number from 0 to 65535, got "${text}"`)
  return port
}
