import { constants } from "node:fs"
import { chmod, copyFile, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { CoreError, isCoreError } from "../../errors/mod.ts"
import type { Runtime } from "../../ports/mod.ts"
import type { OpenStoreOptions } from "../../store/mod.ts"
import { type Backup, type Backups, backupFor } from "../backups.ts"

export interface FileBackupsOptions {
  /** Address of the database, `file:path`. */
  readonly url: string
  /** Where the copies are kept; made where it is missing. Best on another disk. */
  readonly folder: string
  /** As for `openStore`. */
  readonly createClient: OpenStoreOptions["createClient"]
  readonly runtime: Runtime
}

// By name, and so by instant: `backup-20261122T031700000Z-….db`.
const NAME = /^backup-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-[\da-z]+\.db$/
const LOCK_WAIT_MS = 10_000

/**
 * Backups of a database file, as files of a folder: each whole, checked, and readable by its owner only. They hold what the
 * database does: credentials sealed, everything else in clear.
 *
 * Copying keeps the process busy, about half a second for 100 MB; writers of other processes go on.
 *
 * @throws {CoreError} `input.invalid`, field `url`, if the database is no file.
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs"
 * import { createClient } from "@libsql/client"
 * import { fileBackups } from "@altaworx/core/backup/node"
 * import { systemRuntime } from "@altaworx/core/ports"
 * import { openStore } from "@altaworx/core/store"
 *
 * const folder = mkdtempSync("/tmp/example-")
 * const database = { url: `file:${folder}/a.db`, createClient, runtime: systemRuntime() }
 * const store = await openStore(database)
 * const backups = fileBackups({ ...database, folder: `${folder}/backups` })
 * await backups.take()
 * console.log((await backups.list()).length) // 1
 * store.close()
 * ```
 */
export function fileBackups(options: FileBackupsOptions): Backups {
  const { url, folder, createClient, runtime } = options
  if (!url.startsWith("file:") || url.startsWith("file::memory:")) {
    throw new CoreError("input.invalid", "Cannot back up the database: only a file can be copied", { field: "url" })
  }
  return {
    async take() {
      // Before the copy begins: what was written until then is in it.
      const at = runtime.clock.now()
      const name = `backup-${new Date(at).toISOString().replaceAll(/[-:.]/g, "")}-${runtime.newId()}.db`
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await stat(pathOf(url)).catch((error: unknown) => {
        throw new CoreError("store.unavailable", "Cannot back up the database: its file cannot be read", {
          cause: error,
        })
      })
      const path = join(folder, name)
      await inPlace(path, async (partial) => {
        const client = createClient({ url, timeout: LOCK_WAIT_MS })
        try {
          await client.execute({ sql: "VACUUM INTO ?", args: [partial] })
        } catch (error) {
          throw new CoreError("store.unavailable", "Cannot back up the database: it could not be copied", {
            cause: error,
          })
        } finally {
          client.close()
        }
        await check(createClient, partial)
      })
      return { name, at, bytes: (await stat(path)).size }
    },
    list: () => listFolder(folder),
    async remove(name) {
      if (!NAME.test(name))
        throw new CoreError("input.invalid", "Cannot remove the backup: that is none", { field: "name" })
      await rm(join(folder, name), { force: true })
    },
  }
}

/**
 * Brings a backup back into a new file; neither the backup nor any other file is touched. Open it with `openStore`, which
 * brings its schema up to date, and have the messages that came since the backup's instant delivered again.
 *
 * @param request `at` asks for the newest backup begun by then, epoch milliseconds. @default the
 *   newest of all
 * @throws {CoreError} `input.not_found`, field `at`, if there is no such backup; `input.invalid`, field `path`, if there is
 *   a file already; `store.corrupt` if the copy is damaged. Nothing is left behind.
 */
export async function restoreFile(request: {
  readonly folder: string
  readonly at?: number
  /** The new file. */
  readonly path: string
  readonly createClient: OpenStoreOptions["createClient"]
}): Promise<Backup> {
  const { folder, path, createClient } = request
  const backup = backupFor(await listFolder(folder), request.at ?? Number.POSITIVE_INFINITY)
  if (!backup) throw new CoreError("input.not_found", "Cannot restore: there is no backup so old", { field: "at" })
  // A log that is left of another database would be taken for this one's.
  for (const existing of [path, `${path}-wal`, `${path}-shm`, `${path}-journal`]) {
    if (await exists(existing)) {
      throw new CoreError("input.invalid", "Cannot restore: there is a file of that name already", { field: "path" })
    }
  }
  await mkdir(dirname(path), { recursive: true })
  await inPlace(path, async (partial) => {
    await copyFile(join(folder, backup.name), partial, constants.COPYFILE_EXCL)
    await check(createClient, partial)
  })
  return backup
}

/** Makes a file under another name, and gives it its own once it is whole and on the disk. */
async function inPlace(path: string, make: (partial: string) => Promise<void>): Promise<void> {
  const partial = `${path}.partial`
  await rm(partial, { force: true })
  try {
    await make(partial)
    await chmod(partial, 0o600)
    await flush(partial)
    await rename(partial, path)
    await flush(dirname(path))
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** @throws {CoreError} `store.corrupt` if the file is no whole database of ours. */
async function check(createClient: OpenStoreOptions["createClient"], path: string): Promise<void> {
  const client = createClient({ url: `file:${path}` })
  try {
    const { rows } = await client.execute("PRAGMA quick_check")
    const { rows: migrations } = await client.execute("SELECT count(*) AS count FROM schema_migration")
    if (rows.length === 1 && rows[0]?.[0] === "ok" && Number(migrations[0]?.[0]) > 0) return
    throw corrupt()
  } catch (error) {
    throw isCoreError(error) ? error : corrupt(error)
  } finally {
    client.close()
  }
}

async function listFolder(folder: string): Promise<readonly Backup[]> {
  const names = await readdir(folder).catch((error: unknown): string[] => {
    if ((error as { code?: unknown }).code === "ENOENT") return []
    throw new CoreError("store.unavailable", "Cannot list the backups: their folder cannot be read", { cause: error })
  })
  return Promise.all(
    names.sort().flatMap((name) => {
      const instant = NAME.exec(name)
      return instant === null ? [] : [describe(folder, name, instant)]
    }),
  )
}

async function describe(folder: string, name: string, instant: RegExpExecArray): Promise<Backup> {
  const [year, month, day, hour, minute, second, ms] = instant.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const { size } = await stat(join(folder, name))
  return { name, at: Date.UTC(year, month - 1, day, hour, minute, second, ms), bytes: size }
}

function pathOf(url: string): string {
  return url.startsWith("file://")
    ? decodeURIComponent(new URL(url).pathname)
    : url.slice("file:".length).replace(/\?.*$/, "")
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function corrupt(cause?: unknown): CoreError {
  return new CoreError("store.corrupt", "Cannot use the copy: it is damaged, or no database of this platform", {
    cause,
  })
}
