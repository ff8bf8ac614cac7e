// What an operator does to the server's database, for `npm run operate -- <verb>`. It has the server's settings: see
// settings.ts, and docs/operations.md for when to do what.
import { parseArgs } from "node:util"
import { fileBackups, restoreFile } from "@altaworx/core/backup/node"
import { resignLogCheckpoints, retainBulkChanges } from "@altaworx/core/bulk-change"
import type { ChainHead } from "@altaworx/core/domain"
import { isCoreError } from "@altaworx/core/errors"
import { pauseJobs, releaseAllLeases } from "@altaworx/core/jobs"
import { resealCredentials } from "@altaworx/core/providers"
import { openStore, type Platform } from "@altaworx/core/store"
import { createClient } from "@altaworx/core/store/node"
import { redact, removeAuditEntries, resignAuditCheckpoints, verifyAuditChain } from "@altaworx/core/tenancy"
import { openDatabase, openSealingKey, runtime } from "./open-core.ts"
import { readSettings, type Settings, StartError } from "./settings.ts"

const USAGE = `Use: npm run operate -- <verb>
  backup                             copy the database into BACKUP_FOLDER
  backups                            list the copies
  restore --to FILE [--at INSTANT]   bring one back into a new file, the newest by then
  rotate                             seal anew what SEALING_KEYS_RETIRED sealed
  verify-audit --tenant ID [--head SEQ:HASH]
                                     check a tenant's audit log, against a head noted earlier
  prune-audit --tenant ID --before INSTANT
                                     remove old entries for good, behind a signed checkpoint
  retain-changes --tenant ID         put away, delete and remove a tenant's bulk changes that were kept long enough`

const VERBS: Readonly<Record<string, (settings: Settings, options: Options) => Promise<boolean>>> = {
  backup,
  backups: listBackups,
  restore,
  rotate: (settings) => withDatabase(settings, rotate(settings)),
  "verify-audit": (settings, options) => withDatabase(settings, verifyAudit(settings, options)),
  "prune-audit": (settings, options) => withDatabase(settings, pruneAudit(settings, options)),
  "retain-changes": (settings, options) => withDatabase(settings, retainChanges(settings, options)),
}

interface Options {
  readonly to?: string | undefined
  readonly at?: string | undefined
  readonly tenant?: string | undefined
  readonly head?: string | undefined
  readonly before?: string | undefined
}

try {
  process.exitCode = (await run(process.argv.slice(2))) ? 0 : 1
} catch (error) {
  if (!(error instanceof StartError) && !isCoreError(error)) throw error
  const settings = readSettings({ ...process.env, WORKER: "off" })
  const secrets = [settings.sealingKey, settings.databaseAuthToken, ...settings.retiredSealingKeys]
  console.error(
    redact(
      error.message,
      secrets.filter((secret) => secret !== undefined),
    ),
  )
  process.exitCode = 2
}

/** @returns Whether all is well; `false` where an audit log does not verify. */
async function run(args: readonly string[]): Promise<boolean> {
  const text = { type: "string" } as const
  const options = { to: text, at: text, tenant: text, head: text, before: text }
  let parsed: { readonly values: Options; readonly positionals: readonly string[] }
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true })
  } catch {
    throw new StartError(USAGE)
  }
  const [verb = "", ...rest] = parsed.positionals
  const work = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined
  if (!work || rest.length > 0) throw new StartError(USAGE)
  return work(readSettings({ ...process.env, WORKER: "off" }), parsed.values)
}

async function backup(settings: Settings): Promise<boolean> {
  const backups = fileBackups({ url: settings.databaseUrl, folder: folderOf(settings), createClient, runtime })
  const { name, bytes } = await backups.take()
  console.log(`Copied ${bytes} bytes to ${folderOf(settings)}/${name}`)
  return true
}

async function listBackups(settings: Settings): Promise<boolean> {
  const backups = fileBackups({ url: settings.databaseUrl, folder: folderOf(settings), createClient, runtime })
  for (const { name, at, bytes } of await backups.list()) console.log(`${new Date(at).toISOString()} ${bytes} ${name}`)
  return true
}

async function restore(settings: Settings, { to, at }: Options): Promise<boolean> {
  if (to === undefined) throw new StartError(USAGE)
  const request = { folder: folderOf(settings), path: to, createClient }
  const restored = await restoreFile({ ...request, ...(at !== undefined && { at: instant(at, "--at") }) })
  const store = await openStore({ url: `file:${to}`, createClient, runtime })
  try {
    const core = { store, runtime }
    // Whoever held them is gone. And what was sent to carriers since is not known here: nothing is sent before a sync.
    await releaseAllLeases(core)
    await pauseJobs(core, { queue: "bulk-change" })
  } finally {
    store.close()
  }
  console.log(`Restored ${restored.name} into ${to}
Next: set DATABASE_URL=file:${to}, deliver the messages since ${new Date(restored.at).toISOString()} again, run a full sync of
every provider, then resume the queue bulk-change.`)
  return true
}

function rotate(settings: Settings) {
  return async (core: Platform): Promise<boolean> => {
    const sealingKey = await sealingKeyOf(settings)
    const { resealed, unreadable } = await resealCredentials(core, sealingKey)
    const { signed } = await resignAuditCheckpoints(core, sealingKey)
    const { signed: signedLogs } = await resignLogCheckpoints(core, sealingKey)
    console.log(`Sealed ${resealed} credentials and signed ${signed + signedLogs} checkpoints anew`)
    if (unreadable > 0) console.log(`${unreadable} credentials open with none of the keys: enter them again`)
    else console.log("SEALING_KEYS_RETIRED may be unset at the next start")
    return unreadable === 0
  }
}

function verifyAudit(settings: Settings, { tenant, head }: Options) {
  return async (core: Platform): Promise<boolean> => {
    if (tenant === undefined) throw new StartError(USAGE)
    const verdict = await verifyAuditChain(
      core,
      await sealingKeyOf(settings),
      tenant,
      head === undefined ? undefined : headOf(head),
    )
    if (verdict.ok)
      console.log(`${verdict.entries} entries hold; note the head ${verdict.head.seq}:${verdict.head.hash}`)
    else console.log(`BROKEN at entry ${verdict.seq}: ${verdict.reason}`)
    return verdict.ok
  }
}

function pruneAudit(settings: Settings, { tenant, before }: Options) {
  return async (core: Platform): Promise<boolean> => {
    if (tenant === undefined || before === undefined) throw new StartError(USAGE)
    const sealingKey = await sealingKeyOf(settings)
    const { removed } = await removeAuditEntries(core, sealingKey, tenant, instant(before, "--before"))
    console.log(`Removed ${removed} entries`)
    return true
  }
}

function retainChanges(settings: Settings, { tenant }: Options) {
  return async (core: Platform): Promise<boolean> => {
    if (tenant === undefined) throw new StartError(USAGE)
    const { archived, deleted, removed } = await retainBulkChanges(core, await sealingKeyOf(settings), {
      tenantId: tenant,
    })
    console.log(`Put away ${archived}, deleted ${deleted}, removed for good ${removed}`)
    return true
  }
}

async function withDatabase(settings: Settings, work: (core: Platform) => Promise<boolean>): Promise<boolean> {
  const store = await openDatabase(settings)
  try {
    return await work({ store, runtime })
  } finally {
    store.close()
  }
}

async function sealingKeyOf(settings: Settings) {
  if (settings.sealingKey === undefined) throw new StartError("SEALING_KEY must be set")
  return openSealingKey(settings)
}

function folderOf({ backupFolder }: Settings): string {
  if (backupFolder === undefined) throw new StartError("BACKUP_FOLDER must be set")
  return backupFolder
}

function instant(text: string, name: string): number {
  const at = Date.parse(text)
  // Without a zone it would be read as this machine's.
  if (Number.isNaN(at) || !/(Z|[+-]\d\d:\d\d)$/.test(text)) {
    throw new StartError(`${name} must be an instant with its zone, for example 2026-11-22T03:00:00Z`)
  }
  return at
}

function headOf(text: string): ChainHead {
  const match = /^(\d{1,15}):([\da-f]{64})$/.exec(text)
  if (!match) throw new StartError("--head must be what an earlier verify-audit told: SEQ:HASH")
  return { seq: Number(match[1]), hash: match[2] as string }
}
