import { CHAIN_START, type ChainCheckpoint, type ChainHead } from "../../domain/mod.ts"
import { CoreError, isCoreError } from "../../errors/mod.ts"
import type { Platform } from "../../store/mod.ts"
import { isSignedCheckpoint, type SealingKey, signCheckpoint } from "../../tenancy/mod.ts"
import type { BulkChange, BulkChangeKey } from "../bulk-change.ts"
import { logContext, sealLog, verifyBulkChangeLog } from "../log/log.ts"
import { getBulkChange } from "../queries.ts"
import { type BulkChangeRetention, fillRetention, getBulkChangeRetention } from "./retention-settings.ts"
import {
  archiveEnded,
  cutLog,
  deleteArchived,
  deleteCutEntries,
  deletedBefore,
  deleteRows,
  lastToCut,
  markRemoved,
  selectDeleted,
  selectLogCut,
  selectLogCuts,
  setDeleted,
} from "./retention-statements.ts"

/** How many bulk changes went a step further. */
export interface BulkChangeRetentionResult {
  readonly archived: number
  readonly deleted: number
  readonly removed: number
}

// Bulk changes, and rows, of one unit.
const CHANGES_AT_ONCE = 100
const ROWS_AT_ONCE = 2_000

/**
 * Puts away, deletes and removes for good what a tenant's bulk changes kept long enough. Stops anywhere without harm, and
 * goes on when called again. Of a removed one, nothing is left but that it was there, and a signed checkpoint of its log.
 *
 * @param request `retention`: in the place of what is set for the tenant.
 * @throws {CoreError} `audit.broken` if the log of one that is to be removed does not verify: it is evidence, and stays. The
 *   others have gone by then.
 */
export async function retainBulkChanges(
  core: Platform,
  sealingKey: SealingKey,
  request: { readonly tenantId: string; readonly retention?: BulkChangeRetention; readonly signal?: AbortSignal },
): Promise<BulkChangeRetentionResult> {
  const { tenantId, retention, signal } = request
  const kept = retention === undefined ? await getBulkChangeRetention(core, tenantId) : fillRetention(retention)
  const now = core.runtime.clock.now()
  const archived = await inChunks(signal, async () => {
    const statement = archiveEnded(tenantId, now - kept.keepEndedMs, now, CHANGES_AT_ONCE)
    return (await core.store.unit({ name: "bulk-change.archive" }, [statement]))[0]?.length ?? 0
  })
  const deleted = await inChunks(signal, async () => {
    const statement = deleteArchived(tenantId, now - kept.keepArchivedMs, now, CHANGES_AT_ONCE)
    return (await core.store.unit({ name: "bulk-change.delete-archived" }, [statement]))[0]?.length ?? 0
  })
  const broken: unknown[] = []
  const stays: string[] = []
  const removed = await inChunks(signal, async () => {
    const due = await core.store.rows<{ id: string }>(
      deletedBefore(tenantId, now - kept.keepDeletedMs, stays, CHANGES_AT_ONCE),
    )
    for (const { id } of due) {
      signal?.throwIfAborted()
      try {
        await removeChange(core, sealingKey, { tenantId, id }, now)
      } catch (error) {
        if (!isCoreError(error, "audit.broken")) throw error
        broken.push(error)
        stays.push(id)
      }
    }
    return due.length
  })
  if (broken.length > 0) throw broken[0]
  return { archived, deleted, removed }
}

async function inChunks(signal: AbortSignal | undefined, chunk: () => Promise<number>): Promise<number> {
  for (let total = 0; ; ) {
    signal?.throwIfAborted()
    const count = await chunk()
    total += count
    if (count < CHANGES_AT_ONCE) return total
  }
}

/**
 * Deletes a bulk change that has ended: nobody finds it any more, and its request may be made again. Until it is removed
 * for good it can be brought back.
 *
 * @throws {CoreError} `bulk_change.wrong_state` unless it has ended; `input.not_found`.
 */
export async function deleteBulkChange(
  core: Platform,
  request: BulkChangeKey & { readonly deletedBy: string },
): Promise<void> {
  const change = await getBulkChange(core, request.tenantId, request.id)
  if (change.state !== "done" && change.state !== "cancelled") {
    throw new CoreError(
      "bulk_change.wrong_state",
      `Cannot delete a bulk change that is ${change.state}: cancel it first`,
    )
  }
  const now = core.runtime.clock.now()
  await core.store.unit({ name: "bulk-change.delete" }, setDeleted(change, true, request.deletedBy, now))
}

/**
 * Brings a deleted bulk change back.
 *
 * @throws {CoreError} `input.not_found` if there is no deleted one of this id, or it was removed for good;
 *   `store.constraint` if its request, or what it takes back, has another one by now.
 */
export async function restoreBulkChange(
  core: Platform,
  request: BulkChangeKey & { readonly restoredBy: string },
): Promise<BulkChange> {
  const [deleted] = await core.store.rows<BulkChange>(selectDeleted(request))
  if (!deleted) throw new CoreError("input.not_found", "Cannot find the deleted bulk change", { field: "id" })
  const now = core.runtime.clock.now()
  await core.store.unit({ name: "bulk-change.restore" }, setDeleted(deleted, false, request.restoredBy, now))
  return getBulkChange(core, request.tenantId, request.id)
}

/**
 * Removes entries of a log for good that are older than an instant, from the oldest on, and leaves a signed checkpoint from
 * which the rest still verifies. The last entry stays. Nothing happens before the bulk change has ended.
 *
 * @param request `before`: epoch milliseconds.
 * @throws {CoreError} `audit.broken` if what would be removed does not verify; `input.not_found`.
 */
export async function removeLogEntries(
  core: Platform,
  sealingKey: SealingKey,
  request: BulkChangeKey & { readonly before: number },
): Promise<{ readonly removed: number }> {
  await getBulkChange(core, request.tenantId, request.id)
  return cutAndRemove(core, sealingKey, request, request.before)
}

async function cutAndRemove(core: Platform, sealingKey: SealingKey, key: BulkChangeKey, before: number | null) {
  await sealLog(core.store, key, (statements) => core.store.unit({ name: "bulk-change.seal-log" }, statements))
  const verdict = await verifyBulkChangeLog(core, { ...key, sealingKey })
  if (!verdict.isIntact) {
    throw new CoreError(
      "audit.broken",
      `Cannot remove entries of the bulk change's log: it does not verify at ${verdict.brokenAt}`,
    )
  }
  const [cut = CHAIN_START] = await core.store.rows<ChainCheckpoint>(selectLogCut(key))
  const [last] = await core.store.rows<ChainHead>(lastToCut(key, before))
  if (last && last.seq > cut.seq) {
    const next = await signCheckpoint(sealingKey, last, logContext(key))
    await core.store.unit({ name: "bulk-change.cut-log" }, [cutLog(key, cut.seq, next)])
  }
  for (let removed = 0; ; ) {
    const statement = deleteCutEntries(key, ROWS_AT_ONCE)
    const [rows] = await core.store.unit({ name: "bulk-change.remove-entries" }, [statement])
    removed += rows?.length ?? 0
    if ((rows?.length ?? 0) < ROWS_AT_ONCE) return { removed }
  }
}

async function removeChange(core: Platform, sealingKey: SealingKey, key: BulkChangeKey, now: number): Promise<void> {
  await cutAndRemove(core, sealingKey, key, null)
  for (let isLeft = true; isLeft; ) {
    const results = await core.store.unit({ name: "bulk-change.remove-rows" }, deleteRows(key, ROWS_AT_ONCE))
    isLeft = results.some((rows) => rows.length > 0)
  }
  await core.store.unit({ name: "bulk-change.mark-removed" }, markRemoved(key, now))
}

/**
 * Signs the checkpoints of all logs that were cut with the sealing key, where a key that it replaced signed them. Part of a
 * key rotation; can be stopped and called again.
 *
 * @throws {CoreError} `audit.broken` if a checkpoint has no valid signature. Those before it were signed.
 */
export async function resignLogCheckpoints(
  core: Platform,
  sealingKey: SealingKey,
): Promise<{ readonly signed: number }> {
  let signed = 0
  for (let after: BulkChangeKey = { tenantId: "", id: "" }; ; ) {
    const page = await core.store.rows<BulkChangeKey & ChainCheckpoint>(selectLogCuts(after, CHANGES_AT_ONCE))
    for (const { tenantId, id, ...cut } of page) {
      after = { tenantId, id }
      if (!(await isSignedCheckpoint(sealingKey, cut, logContext(after)))) {
        throw new CoreError(
          "audit.broken",
          `Cannot sign the checkpoint of bulk change ${id}: its signature is not valid`,
        )
      }
      const next = await signCheckpoint(sealingKey, cut, logContext(after))
      if (next.signature === cut.signature) continue
      await core.store.unit({ name: "bulk-change.resign-log" }, [cutLog(after, cut.seq, next)])
      signed++
    }
    if (page.length < CHANGES_AT_ONCE) return { signed }
  }
}
