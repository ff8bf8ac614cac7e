import { appendToChain, canonicalJson, redact, redactValue } from "../domain/mod.ts"
import { CoreError, isCoreError } from "../errors/mod.ts"
import type { Platform, Statement, UnitOptions, UnitRows } from "../store/mod.ts"
import type { AuditEntry, AuditEvent, AuditRecord } from "./audit-event.ts"
import { appendAuditEntries, selectAuditBefore, selectAuditLog, selectRecordedIds } from "./audit-statements.ts"

/**
 * The statements that record events in a tenant's audit log, chained to its last entry. They go into the unit of the change
 * they tell of, so that both happen or neither; the unit fails with `store.outdated` if another writer recorded something
 * since, and is then to be made anew. {@link writeAudited} does that.
 *
 * @throws {CoreError} `input.invalid` for an event whose actor, action or subject is empty or no plain text, or with a detail that is no JSON.
 */
export async function recordAuditStatements(
  core: Platform,
  tenantId: string,
  events: readonly AuditEvent[],
): Promise<readonly Statement[]> {
  const records = events.map((event) => recordOf(core, tenantId, event))
  const ids = records.map(({ id }) => id)
  const { head } = await core.store.read((db) => selectAuditLog(db, tenantId))
  // After the head: what is recorded in between moves it, so an id cannot slip in unseen.
  const known = new Set(ids.length === 0 ? [] : await core.store.read((db) => selectRecordedIds(db, tenantId, ids)))
  const fresh = records.filter(({ id }, at) => !known.has(id) && ids.indexOf(id) === at)
  return appendAuditEntries(tenantId, head, appendToChain(head, fresh))
}

// Of several writers one gets through each time, so this many can wait for one log; beyond, the caller's retry waits longer.
const ATTEMPTS = 50
const LONGEST_WAIT_MS = 250

/**
 * Writes a unit together with what the audit log says of it, again as long as other writers are quicker.
 *
 * @throws {CoreError} What `store.unit` throws; `store.outdated` if the log is busier than 50 attempts.
 * @example
 * ```ts
 * import { createClient } from "@libsql/client"
 * import { systemRuntime } from "@altaworx/core/ports"
 * import { openStore } from "@altaworx/core/store"
 * import { listAuditEntries, writeAudited } from "@altaworx/core/tenancy"
 *
 * const runtime = systemRuntime()
 * const core = { runtime, store: await openStore({ url: ":memory:", createClient, runtime }) }
 * const event = { actor: "system", action: "price.changed", subject: "rate-plan/1", outcome: "done" } as const
 * await writeAudited(core, { name: "example" }, [], { tenantId: "1", events: [event] })
 * console.log((await listAuditEntries(core, "1"))[0]?.action) // "price.changed"
 * core.store.close()
 * ```
 */
export async function writeAudited(
  core: Platform,
  unit: UnitOptions,
  statements: readonly Statement[],
  audit: { readonly tenantId: string; readonly events: readonly AuditEvent[] },
): Promise<readonly UnitRows[]> {
  const { clock, newId, random } = core.runtime
  // Named before the first attempt: an attempt whose answer was lost is then known by its ids.
  const events = audit.events.map((event) => ({
    ...event,
    id: event.id ?? newId(),
    at: event.at ?? Math.floor(clock.now()),
  }))
  for (let attempt = 1; ; attempt++) {
    try {
      const recording = await recordAuditStatements(core, audit.tenantId, events)
      return (await core.store.unit(unit, [...recording, ...statements])).slice(recording.length)
    } catch (error) {
      if (!isCoreError(error, "store.outdated") || attempt >= ATTEMPTS) throw error
      await clock.sleep(random() * Math.min(LONGEST_WAIT_MS, 2 ** attempt))
    }
  }
}

/**
 * Entries of a tenant's audit log, newest first.
 *
 * @throws {CoreError} `input.invalid` for another limit.
 * @param page `before` is the `seq` of the last entry of the page before. `limit` is 1 to 1000. @default 100
 */
export async function listAuditEntries(
  core: Platform,
  tenantId: string,
  page: { readonly before?: number; readonly limit?: number } = {},
): Promise<readonly AuditEntry[]> {
  const limit = page.limit ?? 100
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) {
    throw new CoreError("input.invalid", "Cannot list the audit log: limit must be 1 to 1000", { field: "limit" })
  }
  return core.store.read((db) => selectAuditBefore(db, tenantId, page.before ?? Number.MAX_SAFE_INTEGER, limit))
}

function recordOf(core: Platform, tenantId: string, event: AuditEvent): AuditRecord {
  for (const field of ["actor", "action", "subject"] as const) {
    // Control characters and halves of surrogate pairs do not survive every database as they are.
    if (typeof event[field] !== "string" || !/^[^\p{Cc}\p{Cs}]{1,300}$/u.test(event[field])) {
      throw new CoreError(
        "input.invalid",
        `Cannot record the event: ${field} must have 1 to 300 characters and no control characters`,
        { field },
      )
    }
  }
  // Clocks that are made for tests may stand between two milliseconds.
  const at = event.at ?? Math.floor(core.runtime.clock.now())
  if (!Number.isSafeInteger(at)) {
    throw new CoreError("input.invalid", "Cannot record the event: at must be whole epoch milliseconds", {
      field: "at",
    })
  }
  return {
    tenantId,
    id: event.id ?? core.runtime.newId(),
    at,
    actor: redactPath(event.actor),
    action: redact(event.action),
    subject: redactPath(event.subject),
    outcome: event.outcome,
    detail: event.detail === undefined ? null : detailOf(event.detail),
  }
}

function detailOf(detail: unknown): string {
  try {
    return canonicalJson(redactValue(detail))
  } catch (error) {
    throw new CoreError("input.invalid", "Cannot record the event: its detail is not of JSON's types", {
      field: "detail",
      cause: error,
    })
  }
}

/** Redacts a path's parts, except ids of ours, which may hold runs of digits by chance. */
function redactPath(path: string): string {
  const isOurs = (part: string) => /^[\da-z]{21}$/.test(part) && /[a-z]/.test(part)
  return path
    .split("/")
    .map((part) => (isOurs(part) ? part : redact(part)))
    .join("/")
}
