import { type ChainCheckpoint, type ChainHead, type ChainVerdict, verifyChain } from "../domain/mod.ts"
import { CoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import type { AuditEntry } from "./audit-event.ts"
import {
  type AuditLogState,
  deleteBeforeCheckpoint,
  selectAuditAfter,
  selectAuditLog,
  selectCheckpoints,
  selectLastBefore,
  updateCheckpoint,
} from "./audit-statements.ts"
import { isSignedCheckpoint, signCheckpoint, signingKeyIdOf } from "./checkpoint.ts"
import type { SecretContext } from "./sealed-secret.ts"
import type { SealingKey } from "./sealing-key.ts"

/** What a look at a whole audit log found. `seq` is the first entry that does not hold. */
export type AuditVerdict =
  | { readonly ok: true; readonly head: ChainHead; readonly checkpoint: ChainHead; readonly entries: number }
  | {
      readonly ok: false
      readonly seq: number
      /** `unsigned`: entries were removed without a valid signature. */
      readonly reason: (ChainVerdict & { ok: false })["reason"] | "unsigned"
    }

// A page of entries is hashed in a few milliseconds.
const PAGE = 500
const contextOf = (tenantId: string): SecretContext => ({ tenantId, purpose: "audit-log" })

/**
 * Checks a tenant's audit log from its checkpoint to its head, page by page, while others write.
 *
 * @param expected A head noted earlier, outside of the database: the log must still hold it. Whoever can write the database
 *   could otherwise compute the whole log anew.
 */
export async function verifyAuditChain(
  core: Platform,
  sealingKey: SealingKey,
  tenantId: string,
  expected?: ChainHead,
): Promise<AuditVerdict> {
  const state = await core.store.read((db) => selectAuditLog(db, tenantId))
  const verdict = await verifyState(core, sealingKey, state, expected)
  if (verdict.ok) return verdict
  // Old entries that were removed meanwhile are missing only from where this began.
  const now = await core.store.read((db) => selectAuditLog(db, tenantId))
  if (now.checkpoint.seq === state.checkpoint.seq) return verdict
  return verifyAuditChain(core, sealingKey, tenantId, expected)
}

async function verifyState(
  core: Platform,
  sealingKey: SealingKey,
  { tenantId, head, checkpoint }: AuditLogState,
  expected: ChainHead | undefined,
): Promise<AuditVerdict> {
  const isSigned = checkpoint.seq === 0 || (await isSignedCheckpoint(sealingKey, checkpoint, contextOf(tenantId)))
  if (!isSigned) return { ok: false, seq: checkpoint.seq, reason: "unsigned" }
  if (expected && expected.seq > head.seq) return { ok: false, seq: head.seq + 1, reason: "missing" }
  const verdict = await verifyEntries(core, tenantId, checkpoint, head, expected)
  if (!verdict.ok) return verdict
  const { seq, hash } = checkpoint
  return { ok: true, head, checkpoint: { seq, hash }, entries: head.seq - seq }
}

/** Checks the entries after one place up to another. */
async function verifyEntries(
  core: Platform,
  tenantId: string,
  from: ChainHead,
  to: ChainHead,
  expected?: ChainHead,
): Promise<ChainVerdict> {
  let at: ChainHead = from
  for (;;) {
    if (expected?.seq === at.seq && expected.hash !== at.hash) return { ok: false, seq: at.seq, reason: "changed" }
    const seq = at.seq
    const rows = await core.store.read((db) => selectAuditAfter(db, tenantId, seq, PAGE))
    const page = rows.filter((row) => row.seq <= to.seq)
    const chain = page.map(chained)
    const verdict = verifyChain(chain, at, page.length === 0 ? to : undefined)
    if (!verdict.ok) return verdict
    const noted = expected && chain.find((entry) => entry.seq === expected.seq)
    if (noted && noted.hash !== expected.hash) return { ok: false, seq: noted.seq, reason: "changed" }
    if (page.length === 0) return verdict
    at = verdict.head
  }
}

/**
 * Removes entries for good that are older than an instant, from the oldest on, and leaves a signed checkpoint from which the
 * rest still verifies. Stops anywhere without harm, and goes on when called again.
 *
 * @param before Epoch milliseconds.
 * @throws {CoreError} `audit.broken` if what would be removed does not verify: it is evidence, and stays.
 */
export async function removeAuditEntries(
  core: Platform,
  sealingKey: SealingKey,
  tenantId: string,
  before: number,
): Promise<{ readonly removed: number }> {
  const { checkpoint } = await core.store.read((db) => selectAuditLog(db, tenantId))
  const [last] = await core.store.rows<ChainHead>(selectLastBefore(tenantId, before))
  if (last && last.seq > checkpoint.seq) {
    const context = contextOf(tenantId)
    const isSigned = checkpoint.seq === 0 || (await isSignedCheckpoint(sealingKey, checkpoint, context))
    const verdict = isSigned
      ? await verifyEntries(core, tenantId, checkpoint, last)
      : { ok: false, seq: checkpoint.seq }
    if (!verdict.ok) {
      throw new CoreError(
        "audit.broken",
        `Cannot remove entries of the audit log: it does not verify at ${verdict.seq}`,
      )
    }
    const next = await signCheckpoint(sealingKey, last, context)
    await core.store.unit({ name: "tenancy.audit-checkpoint" }, [updateCheckpoint(tenantId, checkpoint, next)])
  }
  let removed = 0
  for (;;) {
    const [rows] = await core.store.unit({ name: "tenancy.audit-remove" }, [deleteBeforeCheckpoint(tenantId, PAGE)])
    removed += rows?.length ?? 0
    if ((rows?.length ?? 0) < PAGE) return { removed }
  }
}

/**
 * Signs the checkpoints of all tenants' audit logs with the sealing key, where a key that it replaced signed them. Part of
 * a key rotation; can be stopped and called again.
 *
 * @throws {CoreError} `audit.broken` if a checkpoint has no valid signature. Those before it were signed.
 */
export async function resignAuditCheckpoints(
  core: Platform,
  sealingKey: SealingKey,
): Promise<{ readonly signed: number }> {
  let signed = 0
  for (let after = ""; ; ) {
    const page = await core.store.read((db) => selectCheckpoints(db, after, PAGE))
    for (const { tenantId, checkpoint } of page) {
      after = tenantId
      if (signingKeyIdOf(checkpoint) === sealingKey.id) continue
      await resign(core, sealingKey, tenantId, checkpoint)
      signed++
    }
    if (page.length < PAGE) return { signed }
  }
}

async function resign(core: Platform, sealingKey: SealingKey, tenantId: string, checkpoint: ChainCheckpoint) {
  if (!(await isSignedCheckpoint(sealingKey, checkpoint, contextOf(tenantId)))) {
    throw new CoreError(
      "audit.broken",
      `Cannot sign the audit log's checkpoint at ${checkpoint.seq}: its signature is not valid`,
    )
  }
  const next = await signCheckpoint(sealingKey, checkpoint, contextOf(tenantId))
  await core.store.unit({ name: "tenancy.audit-resign" }, [updateCheckpoint(tenantId, checkpoint, next)])
}

function chained({ seq, previousHash, hash, ...entry }: AuditEntry) {
  return { seq, previousHash, hash, entry }
}
