import { randomBytes } from "node:crypto"
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs"
import { join } from "node:path"
import { type Flags, UsageError } from "./flags.ts"

/** Where a run keeps its things. */
export interface DataFolder {
  readonly path: string
  readonly database: string
  /** What the simulated carrier remembers. */
  readonly journal: string
  readonly sealingKey: string
  readonly startedAt: number
  /** Whether an earlier start of this run was stopped before its end. */
  readonly resumed: boolean
  readonly lastRun: string
  readonly report: string
  readonly csv: string
  /** Changes that were not made, or are not known to be. */
  readonly failures: string
  /** Failures that nobody foresaw, with their stacks; not there where there were none. */
  readonly defects: string
  /** Notes that the run reached its end, so that the next start begins anew. */
  finish(): void
  release(): void
}

interface RunRecord {
  readonly version: 1
  readonly devices: number
  readonly seed: number
  readonly faults: "on" | "off"
  readonly mostMoves: number | null
  readonly leastSaving: number
  readonly canary: number
  readonly startedAt: number
  readonly finished: boolean
}

// What belongs to one run and moves aside with it when the next one begins.
const RUN_FILES = [
  "run.json",
  "altaworx.db",
  "altaworx.db-wal",
  "altaworx.db-shm",
  "carrier.journal",
  "sealing.key",
  "defects.log",
]

/**
 * Opens the folder of a run: goes on with an unfinished one, begins a new one after a finished one (which moves to
 * `previous/`), and keeps a second program out.
 *
 * @throws {UsageError} If the folder cannot be written, another program uses it, or it holds an unfinished run of another
 *   fleet.
 */
export function openDataFolder(flags: Flags, now: number): DataFolder {
  const file = (name: string) => join(flags.data, name)
  try {
    mkdirSync(flags.data, { recursive: true })
    takeLock(file("run.lock"))
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(
      `Cannot write to the data folder "${flags.data}" (${(error as NodeJS.ErrnoException).code}): give --data another one`,
    )
  }
  try {
    const record = openRun(flags, now)
    return {
      path: flags.data,
      database: file("altaworx.db"),
      journal: file("carrier.journal"),
      sealingKey: readOrCreateKey(file("sealing.key")),
      startedAt: record.startedAt,
      resumed: record.startedAt !== now,
      lastRun: file("last-run.json"),
      report: file("report.html"),
      csv: file("report.csv"),
      failures: file("failed-changes.csv"),
      defects: file("defects.log"),
      finish: () => writeFileSync(file("run.json"), JSON.stringify({ ...record, finished: true })),
      release: () => rmSync(file("run.lock"), { force: true }),
    }
  } catch (error) {
    rmSync(file("run.lock"), { force: true })
    throw error
  }
}

function openRun(flags: Flags, now: number): RunRecord {
  const file = (name: string) => join(flags.data, name)
  const known = existsSync(file("run.json")) ? readRecord(file("run.json")) : undefined
  if (known && !known.finished) {
    for (const flag of ["devices", "seed", "faults", "mostMoves", "leastSaving", "canary"] as const) {
      if (known[flag] !== undefined && known[flag] !== flags[flag]) {
        const name = flag.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)
        const value = flag === "leastSaving" ? known[flag] / 1_000_000 : (known[flag] ?? 0)
        throw new UsageError(
          `The data folder "${flags.data}" holds an unfinished run with --${name} ${value}: start it again with that, or give --data another folder`,
        )
      }
    }
    return known
  }
  if (known) moveAside(flags.data)
  const record: RunRecord = {
    version: 1,
    devices: flags.devices,
    seed: flags.seed,
    faults: flags.faults,
    mostMoves: flags.mostMoves,
    leastSaving: flags.leastSaving,
    canary: flags.canary,
    startedAt: now,
    finished: false,
  }
  writeFileSync(file("run.json"), JSON.stringify(record))
  return record
}

function readRecord(path: string): RunRecord {
  try {
    const record = JSON.parse(readFileSync(path, "utf8")) as RunRecord
    if (record.version === 1) return record
  } catch {
    // Falls through to the one line below.
  }
  throw new UsageError(`Cannot read "${path}": it is damaged or of a newer version; give --data another folder`)
}

/** Keeps the finished run, the last one only. */
function moveAside(folder: string): void {
  const previous = join(folder, "previous")
  rmSync(previous, { recursive: true, force: true })
  mkdirSync(previous)
  for (const name of RUN_FILES) {
    if (existsSync(join(folder, name))) renameSync(join(folder, name), join(previous, name))
  }
}

function readOrCreateKey(path: string): string {
  if (!existsSync(path)) writeFileSync(path, randomBytes(32).toString("base64"), { mode: 0o600 })
  return readFileSync(path, "utf8")
}

/** A lock that dies with its process: it names the process, and a name that nobody answers to does not count. */
function takeLock(path: string): void {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = openSync(path, "wx")
      writeSync(handle, String(process.pid))
      closeSync(handle)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    }
    const owner = Number(readFileSync(path, "utf8"))
    if (owner !== process.pid && isAlive(owner)) {
      throw new UsageError(
        `Another run (process ${owner}) uses this data folder: wait for it, stop it, or give --data another folder`,
      )
    }
    rmSync(path, { force: true })
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}
