import {
  appendToChain,
  CHAIN_START,
  type ChainCheckpoint,
  type ChainedEntry,
  type ChainHead,
  verifyChain,
} from "../../domain/mod.ts"
import { CoreError } from "../../errors/mod.ts"
import type { Platform, Statement, Store } from "../../store/mod.ts"
import { isSignedCheckpoint, type SealingKey, type SecretContext } from "../../tenancy/mod.ts"
import type { BulkChangeKey, BulkChangeState } from "../bulk-change.ts"
import type { BulkChangeDeviceStatus } from "../bulk-change-device.ts"
import type { LogEvent } from "./log-entry.ts"
import { type LogRow, sealEntries, selectLog, selectSealedHash, selectUnsealed } from "./log-statements.ts"
import { selectLogCut } from "../retention/retention-statements.ts"

/** An entry of the log, by the documented names. Texts hold no secrets and no whole identifiers. */
export interface BulkChangeLogEntry {
  /** From 1, without a gap. */
  readonly seq: number
  readonly BulkChangeId: string
  /** The device's row, `null` for what concerns the bulk change as a whole. */
  readonly DeviceChangeId: string | null
  readonly LogEntryDescription: string
  readonly ProcessBy: string
  readonly RequestText: string | null
  readonly ResponseText: string | null
  readonly HasErrors: boolean
  readonly ResponseStatus: string
  /** What went wrong, where something did. */
  readonly ErrorText: string | null
  /** Epoch milliseconds. */
  readonly CreatedDate: number
  /** The same: an entry is written with what it tells of. */
  readonly ProcessedDate: number
  readonly event: LogEvent
  /** Covers this entry and all before it; `null` for the newest ones, which are sealed with the next slice. */
  readonly hash: string | null
}

/** Entries of a bulk change's log, oldest first, in pages of at most `limit`. */
export async function* eachLogEntry(
  core: Platform,
  request: BulkChangeKey & { readonly position?: number; readonly limit?: number },
): AsyncGenerator<readonly BulkChangeLogEntry[], void> {
  for await (const rows of eachRow(core, request)) yield rows.map((row) => toEntry(request, row))
}

async function* eachRow(
  core: Platform,
  request: BulkChangeKey & { readonly position?: number; readonly limit?: number },
): AsyncGenerator<readonly LogRow[], void> {
  const limit = request.limit ?? 1_000
  const { position } = request
  for (let after = 0; ; ) {
    const rows = await core.store.rows<LogRow>(
      selectLog(request, { after, limit, ...(position !== undefined && { position }) }),
    )
    if (rows.length > 0) yield rows
    if (rows.length < limit) return
    after = rows.at(-1)?.seq ?? after
    await core.runtime.clock.yield()
  }
}

/** What a check of a log found. */
export interface BulkChangeLogVerdict {
  readonly isIntact: boolean
  /** Entries that the chain covers. */
  readonly sealed: number
  /** Newest entries that no hash covers yet. */
  readonly unsealed: number
  /** The first number that does not hold, where the log is not intact. */
  readonly brokenAt: number | null
  readonly reason: "changed" | "missing" | "reordered" | "unsigned" | null
  /** Last sealed hash: kept elsewhere, it also shows entries that are missing at the end. */
  readonly head: ChainHead
}

/** Whose chain a log's checkpoint is of. */
export const logContext = ({ tenantId, id }: BulkChangeKey): SecretContext => ({
  tenantId,
  purpose: `bulk-change-log/${id}`,
})

/**
 * Checks the log's hash chain, page by page. Where entries were removed for good it begins at the signed checkpoint that
 * they left, also for a bulk change that was deleted.
 *
 * @param request `head`: where the chain is known to have been once, from a trusted place. `sealingKey`: what checkpoints are
 *   signed with; without it, a log that was cut is `unsigned`.
 * @throws {CoreError} `input.not_found`.
 */
export async function verifyBulkChangeLog(
  core: Platform,
  request: BulkChangeKey & { readonly head?: ChainHead; readonly sealingKey?: SealingKey },
): Promise<BulkChangeLogVerdict> {
  const [cut] = await core.store.rows<ChainCheckpoint>(selectLogCut(request))
  if (!cut) throw new CoreError("input.not_found", "Cannot find the bulk change", { field: "id" })
  let head: ChainHead = cut.seq === 0 ? CHAIN_START : { seq: cut.seq, hash: cut.hash }
  let unsealed = 0
  const broken = (seq: number, reason: BulkChangeLogVerdict["reason"]): BulkChangeLogVerdict => ({
    isIntact: false,
    sealed: head.seq,
    unsealed,
    brokenAt: seq,
    reason,
    head,
  })
  const { sealingKey } = request
  const isSigned = sealingKey !== undefined && (await isSignedCheckpoint(sealingKey, cut, logContext(request)))
  if (cut.seq > 0 && !isSigned) return broken(cut.seq, "unsigned")
  for await (const page of eachRow(core, request)) {
    // Those up to the cut are on their way out.
    const rows = page.filter(({ seq }) => seq > cut.seq)
    const sealed = rows.filter(isSealed)
    const gap = rows.findIndex((row, index) => row.seq !== (rows[0]?.seq ?? 0) + index)
    if (gap >= 0) return broken(rows[gap - 1]?.seq ?? 0, "missing")
    // Entries are sealed in order: a sealed one behind an unsealed one was not written by us.
    if (sealed.length > 0 && (unsealed > 0 || !isSealed(rows[0]))) return broken(head.seq + 1, "changed")
    const verdict = verifyChain(
      sealed.map((row) => chained(request, row)),
      head,
    )
    if (!verdict.ok) return broken(verdict.seq, verdict.reason)
    head = verdict.head
    unsealed += rows.length - sealed.length
  }
  if (request.head && request.head.seq > head.seq) return broken(head.seq + 1, "missing")
  if (request.head && request.head.seq === head.seq && request.head.hash !== head.hash) {
    return broken(head.seq, "changed")
  }
  return { isIntact: true, sealed: head.seq, unsealed, brokenAt: null, reason: null, head }
}

function isSealed(row: LogRow | undefined): boolean {
  return row !== undefined && row.hash !== null
}

// Entries of one unit: a few milliseconds.
const SEALED_AT_ONCE = 1_000

/**
 * The statements that seal the next unsealed entries into the chain, none where all are sealed. What seals twice, or two
 * at once, write the same hashes.
 */
export async function sealStatements(store: Store, key: BulkChangeKey): Promise<readonly Statement[]> {
  const rows = await store.rows<LogRow>(selectUnsealed(key, SEALED_AT_ONCE))
  const [first] = rows
  if (!first) return []
  const [before] =
    first.seq === 1 ? [] : await store.rows<{ hash: string | null }>(selectSealedHash(key, first.seq - 1))
  const head = first.seq === 1 ? CHAIN_START : { seq: first.seq - 1, hash: before?.hash ?? "" }
  return [
    sealEntries(
      key,
      appendToChain(
        head,
        rows.map((row) => hashedPart(key, row)),
      ),
    ),
  ]
}

// More units than a slice can fill with entries: what is left waits for the next one who seals.
const MOST_SEALS = 100

/** Seals what is not sealed yet. */
export async function sealLog(
  store: Store,
  key: BulkChangeKey,
  write: (statements: readonly Statement[]) => Promise<unknown>,
): Promise<void> {
  for (let units = 0; units < MOST_SEALS; units++) {
    const statements = await sealStatements(store, key)
    if (statements.length === 0) return
    await write(statements)
  }
}

/** What the hash of an entry covers besides its number. */
function hashedPart(key: BulkChangeKey, row: LogRow): unknown {
  const { seq: _seq, hash: _hash, ...entry } = toEntry(key, row)
  return entry
}

function chained(key: BulkChangeKey, row: LogRow): ChainedEntry<unknown> {
  return { seq: row.seq, previousHash: row.previousHash ?? "", hash: row.hash ?? "", entry: hashedPart(key, row) }
}

function toEntry(key: BulkChangeKey, row: LogRow): BulkChangeLogEntry {
  return {
    seq: row.seq,
    BulkChangeId: key.id,
    DeviceChangeId: row.position === null ? null : `${key.id}/${row.position}`,
    LogEntryDescription: row.logEntryDescription,
    ProcessBy: row.processBy,
    RequestText: row.requestText,
    ResponseText: row.responseText,
    HasErrors: row.hasErrors === 1,
    ResponseStatus: row.responseStatus,
    ErrorText: row.hasErrors === 1 ? row.logEntryDescription : null,
    CreatedDate: row.createdDate,
    ProcessedDate: row.createdDate,
    event: JSON.parse(row.event) as LogEvent,
    hash: row.hash,
  }
}

/** A bulk change as its log alone tells it. */
export interface RebuiltBulkChange {
  readonly state: BulkChangeState | undefined
  readonly planHash: string | null
  readonly round: number
  /** By position: where each device stands. */
  readonly devices: readonly { readonly status: BulkChangeDeviceStatus; readonly code: string | null }[]
}

/** Rebuilds where a bulk change and each of its devices stand, from log entries in order and nothing else. */
export function rebuildFromLog(
  entries: Iterable<Pick<BulkChangeLogEntry, "event" | "DeviceChangeId">>,
): RebuiltBulkChange {
  let state: BulkChangeState | undefined
  let planHash: string | null = null
  let round = 0
  const devices: { status: BulkChangeDeviceStatus; code: string | null }[] = []
  for (const { event, DeviceChangeId } of entries) {
    if (event.kind === "change") {
      state = event.state
      planHash = event.planHash ?? planHash
      round = event.round ?? round
      for (let i = devices.length; i < (event.deviceCount ?? 0); i++) devices.push({ status: "NEW", code: null })
      continue
    }
    const position = Number(DeviceChangeId?.slice(DeviceChangeId.lastIndexOf("/") + 1))
    devices[position] = { status: event.status, code: event.code }
  }
  return { state, planHash, round, devices }
}
