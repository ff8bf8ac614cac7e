import { and, eq, type SQL, sql } from "drizzle-orm"
import type { ReadDatabase, Statement } from "../store/mod.ts"
import type { BulkChange, BulkChangeKey, BulkChangeLane } from "./bulk-change.ts"
import { holdBehindCanary } from "./process/canary-statements.ts"
import { PROCESSOR } from "./log/log-entry.ts"
import { appendLog } from "./log/log-statements.ts"
import { bulkChange } from "./schema.ts"

const header = (key: BulkChangeKey): SQL => sql`tenant_id = ${key.tenantId} AND id = ${key.id}`
const rowsOf = (key: BulkChangeKey): SQL => sql`tenant_id = ${key.tenantId} AND bulk_change_id = ${key.id}`

/** Whether the bulk change is in one of these states. */
export const inState = (key: BulkChangeKey, ...states: readonly string[]): SQL =>
  sql`EXISTS (SELECT 1 FROM bulk_change WHERE ${header(key)}
    AND state IN (${sql.join(
      states.map((state) => sql`${state}`),
      sql`, `,
    )}))`

/** What is known of a bulk change when it is asked for. */
export type ReceivedBulkChange = Pick<
  BulkChange,
  | "tenantId"
  | "serviceProviderId"
  | "changeType"
  | "portalType"
  | "optimizationSessionId"
  | "inverseOf"
  | "requestId"
  | "effectiveAt"
  | "notAfter"
  | "canary"
  | "createdBy"
>

/** Adds a bulk change; nothing happens where its request, its session, or the one it takes back has one already. */
export function insertBulkChange(
  row: ReceivedBulkChange & { readonly id: string; readonly now: number },
): readonly Statement[] {
  return [
    sql`
      INSERT INTO bulk_change (tenant_id, id, service_provider_id, change_type, state, portal_type,
        optimization_session_id, inverse_of, request_id, effective_at, not_after, canary_size, canary_most_unverified,
        created_by, created_at)
      VALUES (${row.tenantId}, ${row.id}, ${row.serviceProviderId}, ${row.changeType}, 'received', ${row.portalType},
        ${row.optimizationSessionId}, ${row.inverseOf}, ${row.requestId}, ${row.effectiveAt}, ${row.notAfter},
        ${row.canary?.size ?? null}, ${row.canary?.mostUnverified ?? null}, ${row.createdBy}, ${row.now})
      ON CONFLICT DO NOTHING`,
    logChange(row, { state: "received", description: `${row.changeType} was asked for`, by: row.createdBy }, row.now),
  ]
}

/** Logs that a bulk change came to a state, where it did. */
function logChange(
  key: BulkChangeKey,
  told: {
    readonly state: BulkChange["state"]
    readonly description: string
    readonly by: string
    readonly round?: number
    readonly planHash?: string
    readonly deviceCount?: number
    /** Whether it can come to this state again in the same round. */
    readonly isRepeatable?: boolean
  },
  now: number,
): Statement {
  const { state, description, by, isRepeatable, ...facts } = told
  return appendLog(
    key,
    [
      {
        entryKey: `change/${state}/${facts.round ?? 0}${isRepeatable ? `/${now}` : ""}`,
        position: null,
        event: { kind: "change", state, ...facts },
        description,
        processBy: by,
        responseStatus: state,
      },
    ],
    now,
    told.isRepeatable
      ? sql`EXISTS (SELECT 1 FROM bulk_change WHERE ${header(key)} AND state = ${state} AND processed_at = ${now})`
      : inState(key, state),
  )
}

// The lane that stands still, where one does, speaks for the bulk change.
const standstill = (column: "error_code" | "error_text") =>
  sql<string | null>`(SELECT ${sql.raw(column)} FROM bulk_change_lane l WHERE l.tenant_id = ${bulkChange.tenantId}
    AND l.bulk_change_id = ${bulkChange.id} AND l.error_code IS NOT NULL ORDER BY l.service_provider_id LIMIT 1)`

const changeColumns = {
  tenantId: bulkChange.tenantId,
  id: bulkChange.id,
  serviceProviderId: bulkChange.serviceProviderId,
  changeType: bulkChange.changeType,
  state: bulkChange.state,
  portalType: bulkChange.portalType,
  optimizationSessionId: bulkChange.optimizationSessionId,
  inverseOf: bulkChange.inverseOf,
  requestId: bulkChange.requestId,
  effectiveAt: bulkChange.effectiveAt,
  notAfter: bulkChange.notAfter,
  canarySize: bulkChange.canarySize,
  canaryMostUnverified: bulkChange.canaryMostUnverified,
  canaryVerdict: bulkChange.canaryVerdict,
  planHash: bulkChange.planHash,
  deviceCount: bulkChange.deviceCount,
  refusedCount: bulkChange.refusedCount,
  saving: bulkChange.saving,
  createdBy: bulkChange.createdBy,
  createdAt: bulkChange.createdAt,
  approvedBy: bulkChange.approvedBy,
  approvedAt: bulkChange.approvedAt,
  cancelledBy: bulkChange.cancelledBy,
  cancelledAt: bulkChange.cancelledAt,
  round: bulkChange.round,
  processedAt: bulkChange.processedAt,
  archivedAt: bulkChange.archivedAt,
  errorCode: standstill("error_code"),
  errorText: standstill("error_text"),
}

/** By what a bulk change is found: its id, its request's, or, unless cancelled, its session's or the one it takes back. */
export type BulkChangeFinder =
  | { readonly id: string }
  | { readonly requestId: string }
  | { readonly serviceProviderId: string; readonly optimizationSessionId: string }
  | { readonly inverseOf: string }

export async function selectBulkChange(
  db: ReadDatabase,
  tenantId: string,
  by: BulkChangeFinder,
): Promise<BulkChange | undefined> {
  const [row] = await db
    .select(changeColumns)
    .from(bulkChange)
    .where(and(eq(bulkChange.tenantId, tenantId), foundBy(by), sql`deleted_at IS NULL`))
  if (!row) return undefined
  const { canarySize: size, canaryMostUnverified: mostUnverified, saving, ...facts } = row
  const canary = size === null ? null : { size, mostUnverified }
  return { ...facts, canary, saving: BigInt(saving) } as BulkChange
}

// The literal conditions are those of the partial indexes.
function foundBy(by: BulkChangeFinder): SQL {
  if ("id" in by) return eq(bulkChange.id, by.id)
  if ("requestId" in by) return sql`${eq(bulkChange.requestId, by.requestId)} AND request_id IS NOT NULL`
  if ("inverseOf" in by) {
    return sql`${eq(bulkChange.inverseOf, by.inverseOf)} AND inverse_of IS NOT NULL AND state <> 'cancelled'`
  }
  return sql`${eq(bulkChange.serviceProviderId, by.serviceProviderId)}
    AND ${eq(bulkChange.optimizationSessionId, by.optimizationSessionId)}
    AND optimization_session_id IS NOT NULL AND state <> 'cancelled'`
}

export function approvePlan(
  key: BulkChangeKey & Pick<BulkChange, "canary" | "round">,
  approval: { readonly planHash: string; readonly approvedBy: string; readonly now: number },
): readonly Statement[] {
  const { planHash, approvedBy, now } = approval
  return [
    sql`UPDATE bulk_change SET state = 'approved', approved_by = ${approvedBy}, approved_at = ${now}
      WHERE ${header(key)} AND state = 'planned' AND plan_hash = ${planHash}`,
    ...(key.canary === null ? [] : [holdBehindCanary(key, key.canary.size)]),
    logChange(key, { state: "approved", description: "The plan was approved", by: approvedBy, planHash }, now),
  ]
}

export function startProcessing(key: BulkChangeKey, now: number): readonly Statement[] {
  return [
    sql`UPDATE bulk_change SET state = 'processing' WHERE ${header(key)} AND state = 'approved'`,
    logChange(key, { state: "processing", description: "Processing began", by: PROCESSOR }, now),
  ]
}

/** From here on no device is begun, whoever holds the jobs. */
export function requestCancel(key: BulkChangeKey, cancelledBy: string, now: number): readonly Statement[] {
  return [
    sql`UPDATE bulk_change SET state = 'cancelling', cancelled_by = ${cancelledBy}, cancelled_at = ${now}
      WHERE ${header(key)} AND state IN ('received', 'planned', 'approved', 'processing')`,
    logChange(key, { state: "cancelling", description: "Cancelling was asked for", by: cancelledBy }, now),
  ]
}

/**
 * Opens another round of a bulk change that was done. After a canary that failed it has one of its own, before which the
 * rows wait that were put back in line; where it is waived, they all go.
 */
export function openRound(
  change: BulkChange,
  round: { readonly round: number; readonly by: string; readonly waivesCanary: boolean },
  now: number,
): readonly Statement[] {
  const verdict = round.waivesCanary ? "waived" : null
  const asked = `Round ${round.round} was asked for`
  const isWaived = round.waivesCanary && change.canaryVerdict === "failed"
  const description = isWaived ? `${asked}, and that nothing waits for changes that go first` : asked
  return [
    sql`UPDATE bulk_change SET state = 'processing', round = ${round.round}, processed_at = NULL,
        canary_verdict = iif(canary_verdict = 'failed', ${verdict}, canary_verdict)
      WHERE ${header(change)} AND state = 'done' AND round = ${round.round - 1}`,
    ...(change.canary === null ? [] : [holdBehindCanary({ ...change, round: round.round }, change.canary.size)]),
    logChange(change, { state: "processing", round: round.round, description, by: round.by }, now),
  ]
}

/** Ends a bulk change that has neither a step to send nor an intent to settle. No row is touched. */
export function finishBulkChange(
  change: BulkChangeKey & { readonly round: number },
  now: number,
): readonly Statement[] {
  const end = (state: "done" | "cancelled") =>
    logChange(
      change,
      { state, round: change.round, description: `Processing is ${state}`, by: PROCESSOR, isRepeatable: true },
      now,
    )
  return [
    sql`UPDATE bulk_change SET state = CASE state WHEN 'cancelling' THEN 'cancelled' ELSE 'done' END, processed_at = ${now}
      WHERE ${header(change)} AND state IN ('processing', 'cancelling')
        AND NOT EXISTS (SELECT 1 FROM bulk_change_device INDEXED BY bulk_change_device_ready
          WHERE ${rowsOf(change)} AND ready_at IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM change_intent INDEXED BY change_intent_open
          WHERE ${rowsOf(change)} AND settled_at IS NULL)`,
    end("done"),
    end("cancelled"),
  ]
}

/** Accounts of a bulk change, in the order of their ids. */
export function selectLanes(key: BulkChangeKey): Statement {
  return sql`
    SELECT service_provider_id AS "serviceProviderId", slice FROM bulk_change_lane WHERE ${rowsOf(key)}
    ORDER BY service_provider_id`
}

const laneOf = (key: BulkChangeKey, lane: BulkChangeLane): SQL =>
  sql`${rowsOf(key)} AND service_provider_id = ${lane.serviceProviderId}`

/** The slice is done: the next one's job may run. */
export function advanceSlice(key: BulkChangeKey, lane: BulkChangeLane): Statement {
  return sql`
    UPDATE bulk_change_lane SET slice = ${lane.slice + 1}, error_code = NULL, error_text = NULL
    WHERE ${laneOf(key, lane)} AND slice = ${lane.slice}`
}

/** Notes why an account's processing stands still. */
export function recordStandstill(
  key: BulkChangeKey,
  serviceProviderId: string,
  failure: { readonly code: string; readonly message: string },
): Statement {
  return sql`
    UPDATE bulk_change_lane SET error_code = ${failure.code}, error_text = ${failure.message}
    WHERE ${rowsOf(key)} AND service_provider_id = ${serviceProviderId}
      AND ${inState(key, "approved", "processing", "cancelling")}`
}
