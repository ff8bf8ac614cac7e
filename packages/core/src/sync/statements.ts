import { and, desc, eq, type SQL, sql } from "drizzle-orm"
import type { ListedUsage } from "../ports/mod.ts"
import type { ReadDatabase, Statement } from "../store/mod.ts"
import { syncRun } from "./schema.ts"
import type { SyncPhase, SyncRun } from "./sync-run.ts"

/** A run's row by its key; first argument of every statement here. */
export interface RunKey {
  readonly tenantId: string
  readonly id: string
}

export function insertRun(run: {
  readonly tenantId: string
  readonly id: string
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  readonly mode: string
  readonly lookback: string
  readonly modifiedSince: number | null
  readonly optimizeAfter: boolean
  readonly optimizationSessionId: string | null
  readonly startedAt: number
}): Statement {
  return sql`
    INSERT INTO sync_run (tenant_id, id, service_provider_id, billing_period_id, mode, lookback, modified_since, status, phase,
      optimize_after, optimization_session_id, started_at)
    VALUES (${run.tenantId}, ${run.id}, ${run.serviceProviderId}, ${run.billingPeriodId}, ${run.mode}, ${run.lookback},
      ${run.modifiedSince}, 'active', 'devices', ${run.optimizeAfter ? 1 : 0}, ${run.optimizationSessionId}, ${run.startedAt})`
}

/** Where rows of ended runs are left over: staging, and what was promoted and never published. */
const LEFTOVERS = ["device_stage", "usage_stage", "device_next", "device_usage_next"] as const

const leftovers = (table: string, tenantId: string, serviceProviderId: string): SQL => sql`
  tenant_id = ${tenantId} AND sync_run_id IN (SELECT id FROM sync_run WHERE tenant_id = ${tenantId}
    AND service_provider_id = ${serviceProviderId} AND status <> 'active')
  ${
    table.endsWith("_next")
      ? sql`AND service_provider_id = ${serviceProviderId} AND sync_run_id NOT IN (
    SELECT unsettled_run_id FROM inventory_publication WHERE tenant_id = ${tenantId}
      AND service_provider_id = ${serviceProviderId} AND unsettled_run_id IS NOT NULL)`
      : sql``
  }`

/** Whether ended runs of the provider left rows. An active run keeps its own, and a published one what is unsettled. */
export function hasLeftovers(tenantId: string, serviceProviderId: string): Statement {
  const any = LEFTOVERS.map(
    (table) => sql`EXISTS (SELECT 1 FROM ${sql.raw(table)} WHERE ${leftovers(table, tenantId, serviceProviderId)})`,
  )
  return sql`SELECT ${sql.join(any, sql` OR `)} AS found`
}

/** Takes up to `size` such rows away from each table. */
export function discardLeftovers(tenantId: string, serviceProviderId: string, size: number): readonly Statement[] {
  return LEFTOVERS.map((name) => {
    const table = sql.raw(name)
    const parts = name === "usage_stage" ? ", part" : name.endsWith("_next") ? ", service_provider_id" : ""
    const key = sql.raw(`tenant_id, sync_run_id, carrier_device_id${parts}`)
    return sql`DELETE FROM ${table} WHERE (${key}) IN (
      SELECT ${key} FROM ${table} WHERE ${leftovers(name, tenantId, serviceProviderId)} LIMIT ${size})`
  })
}

function toRun(row: typeof syncRun.$inferSelect): SyncRun {
  return { ...row, certificate: row.certificate === null ? null : JSON.parse(row.certificate) } as SyncRun
}

export async function selectRun(db: ReadDatabase, key: RunKey): Promise<SyncRun | undefined> {
  const [row] = await db
    .select()
    .from(syncRun)
    .where(and(eq(syncRun.tenantId, key.tenantId), eq(syncRun.id, key.id)))
  return row && toRun(row)
}

export async function selectLatestRun(
  db: ReadDatabase,
  tenantId: string,
  serviceProviderId: string,
): Promise<SyncRun | undefined> {
  const [row] = await db
    .select()
    .from(syncRun)
    .where(and(eq(syncRun.tenantId, tenantId), eq(syncRun.serviceProviderId, serviceProviderId)))
    .orderBy(desc(syncRun.id))
    .limit(1)
  return row && toRun(row)
}

/** carrier device id, ICCID, status, carrier status, rate plan, communication plan, content hash, rejection */
export type StagedDevice = readonly [
  string,
  string,
  string,
  string,
  string | null,
  string | null,
  string,
  string | null,
]

/**
 * Stages rows of the device list. A row read again replaces the earlier one: the later answer is the truer one.
 *
 * @param askedAt Before the carrier was asked for the first of them.
 */
export function stageDevices(key: RunKey, rows: readonly StagedDevice[], askedAt: number): Statement {
  return sql`
    INSERT INTO device_stage (tenant_id, sync_run_id, carrier_device_id, iccid, status, carrier_status, rate_plan,
      communication_plan, content_hash, rejection, staged_at)
    SELECT ${key.tenantId}, ${key.id}, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, ${askedAt}
    FROM json_each(${JSON.stringify(rows)}) WHERE true
    ON CONFLICT (tenant_id, sync_run_id, carrier_device_id) DO UPDATE SET iccid = excluded.iccid, status = excluded.status,
      carrier_status = excluded.carrier_status, rate_plan = excluded.rate_plan,
      communication_plan = excluded.communication_plan, content_hash = excluded.content_hash,
      rejection = excluded.rejection, staged_at = excluded.staged_at`
}

/** Stages usage rows; a page read again replaces what it said before and adds nothing. */
export function stageUsage(key: RunKey, rows: readonly ListedUsage[]): Statement {
  const values = rows.map(({ carrierDeviceId, part, bytes, smsCount }) => [carrierDeviceId, part, bytes, smsCount])
  return sql`
    INSERT INTO usage_stage (tenant_id, sync_run_id, carrier_device_id, part, bytes, sms_count)
    SELECT ${key.tenantId}, ${key.id}, value->>0, value->>1, value->>2, value->>3
    FROM json_each(${JSON.stringify(values)}) WHERE true
    ON CONFLICT (tenant_id, sync_run_id, carrier_device_id, part) DO UPDATE SET bytes = excluded.bytes,
      sms_count = excluded.sms_count`
}

export function countStaged(key: RunKey): Statement {
  return sql`
    SELECT count(*) AS count FROM device_stage WHERE tenant_id = ${key.tenantId} AND sync_run_id = ${key.id}`
}

// A run that ended stays as it ended, whatever a late worker has to say.
const isRun = (key: RunKey): SQL => sql`tenant_id = ${key.tenantId} AND id = ${key.id} AND status = 'active'`

// A job that was delivered twice may come late: what it has to say of its phase counts only while the run is in it.
const isInPhase = (key: RunKey, phase: SyncPhase): SQL => sql`${isRun(key)} AND phase = ${phase}`

/** Finds the run while it is active and in one of the phases. */
export function selectActive(key: RunKey, phases: readonly string[]): Statement {
  return sql`SELECT 1 AS found FROM sync_run WHERE ${isRun(key)}
    AND phase IN (SELECT value FROM json_each(${JSON.stringify(phases)}))`
}

export function countPageFailure(key: RunKey): Statement {
  return sql`UPDATE sync_run SET page_failures = page_failures + 1 WHERE ${isRun(key)} RETURNING page_failures AS "pageFailures"`
}

export function saveScanProgress(
  key: RunKey,
  progress: { checkpoint: string; pages: number; pagesExpected: number },
): Statement {
  return sql`
    UPDATE sync_run SET checkpoint = ${progress.checkpoint}, pages = ${progress.pages}, pages_expected = ${progress.pagesExpected}
    WHERE ${isInPhase(key, "devices")}`
}

export function saveUsageProgress(key: RunKey, progress: { checkpoint: string; usagePages: number }): Statement {
  return sql`
    UPDATE sync_run SET checkpoint = ${progress.checkpoint}, usage_pages = ${progress.usagePages} WHERE ${isInPhase(key, "usage")}`
}

export function restartScan(key: RunKey): readonly Statement[] {
  const isListing = sql`EXISTS (SELECT 1 FROM sync_run WHERE ${isInPhase(key, "devices")})`
  return [
    sql`DELETE FROM device_stage WHERE tenant_id = ${key.tenantId} AND sync_run_id = ${key.id} AND ${isListing}`,
    sql`UPDATE sync_run SET checkpoint = NULL, pages = 0, restarts = restarts + 1 WHERE ${isInPhase(key, "devices")}`,
  ]
}

/** Ends a phase and opens the next one, from its start; nothing happens where the run is past it. */
export function enterPhase(key: RunKey, from: SyncPhase, to: SyncPhase): Statement {
  return sql`UPDATE sync_run SET phase = ${to}, checkpoint = NULL WHERE ${isInPhase(key, from)}`
}

export function saveCertificate(key: RunKey, certificate: string): Statement {
  return sql`
    UPDATE sync_run SET certificate = ${certificate},
      staged = (SELECT count(*) FROM device_stage s WHERE s.tenant_id = ${key.tenantId} AND s.sync_run_id = ${key.id})
    WHERE ${isInPhase(key, "devices")}`
}

/**
 * Marks staged rows of a chunk that must not be promoted: the same SIM under two numbers (with and without its check
 * digit), and rate plans that the carrier's price list does not have. A run that does not list all devices is held against
 * the inventory as well. Uses `device_stage_iccid` and `device_iccid`.
 */
export function rejectStagedDevices(
  run: RunKey & { readonly serviceProviderId: string; readonly lookback: string },
  chunk: { readonly after: string; readonly last: string },
): readonly Statement[] {
  const inChunk = sql`tenant_id = ${run.tenantId} AND sync_run_id = ${run.id} AND rejection IS NULL
    AND carrier_device_id > ${chunk.after} AND carrier_device_id <= ${chunk.last}`
  const twice = sql`EXISTS (SELECT 1 FROM device_stage o WHERE o.tenant_id = ${run.tenantId} AND o.sync_run_id = ${run.id}
    AND o.iccid >= substr(device_stage.iccid, 1, 19) AND o.iccid < substr(device_stage.iccid, 1, 19) || ':'
    AND o.carrier_device_id <> device_stage.carrier_device_id)`
  const elsewhere = sql`EXISTS (SELECT 1 FROM device d INDEXED BY device_iccid WHERE d.tenant_id = ${run.tenantId}
    AND d.iccid_key = substr(device_stage.iccid, 1, 19) AND d.service_provider_id = ${run.serviceProviderId}
    AND d.missing_since IS NULL AND d.carrier_device_id <> device_stage.carrier_device_id)`
  return [
    sql`UPDATE device_stage SET rejection = 'duplicate_iccid'
      WHERE ${inChunk} AND (${twice} ${run.lookback === "all" ? sql`` : sql`OR ${elsewhere}`})`,
    sql`UPDATE device_stage SET rejection = 'unknown_rate_plan'
      WHERE ${inChunk} AND rate_plan IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM rate_plan p WHERE p.tenant_id = ${run.tenantId}
          AND p.service_provider_id = ${run.serviceProviderId} AND p.name = device_stage.rate_plan)`,
    sql`UPDATE sync_run SET rejected = (SELECT count(*) FROM device_stage INDEXED BY device_stage_rejected
        WHERE tenant_id = ${run.tenantId} AND sync_run_id = ${run.id} AND rejection IS NOT NULL)
      WHERE ${isRun(run)}`,
  ]
}

/** Last identifier of the next chunk of devices that are staged, with or without usage; null when none is left. */
export function nextChunk(key: RunKey, after: string, size: number): Statement {
  const ids = (table: string): SQL => sql`SELECT carrier_device_id AS id FROM ${sql.raw(table)}
    WHERE tenant_id = ${key.tenantId} AND sync_run_id = ${key.id} AND carrier_device_id > ${after}`
  return sql`
    SELECT max(id) AS "last" FROM (${ids("device_stage")} UNION ${ids("usage_stage")} ORDER BY id LIMIT ${size})`
}

export interface Chunk {
  readonly key: RunKey
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  /** Chunk border: after this identifier, up to and with the other. */
  readonly after: string
  readonly last: string
  /** Start of the ids of devices that are new in this chunk. */
  readonly idPrefix: string
  readonly now: number
}

/** Valid staged devices `s` of the chunk, with `d` as the inventory has them. */
const stagedDevices = (chunk: Chunk): SQL => sql`
  FROM device_stage s LEFT JOIN device d ON d.tenant_id = s.tenant_id
    AND d.service_provider_id = ${chunk.serviceProviderId} AND d.carrier_device_id = s.carrier_device_id
  WHERE s.tenant_id = ${chunk.key.tenantId} AND s.sync_run_id = ${chunk.key.id} AND s.rejection IS NULL
    AND s.carrier_device_id > ${chunk.after} AND s.carrier_device_id <= ${chunk.last}`

/** Whether `s` says anything of an existing `d` that is new and not older than the last look at that device alone. */
const isNews = sql`((d.content_hash <> s.content_hash OR d.missing_since IS NOT NULL)
  AND coalesce(d.read_at, -1) < s.staged_at)`

/** Counts what the chunk changes. Goes before the progress, and only once: the checkpoint tells whether it was written. */
export function countChunk(chunk: Chunk): Statement {
  const staged = stagedDevices(chunk)
  return sql`
    UPDATE sync_run SET
      inserted = inserted + (SELECT count(*) ${staged} AND d.id IS NULL),
      updated = updated + (SELECT count(*) ${staged} AND d.id IS NOT NULL AND ${isNews}),
      unchanged = unchanged + (SELECT count(*) ${staged} AND d.id IS NOT NULL AND NOT ${isNews})
    WHERE ${isInPhase(chunk.key, "promotion")} AND coalesce(checkpoint, '') = ${chunk.after}`
}

/** Writes new and changed devices of the chunk where readers do not look before the run is published. */
export function promoteDevices(chunk: Chunk): Statement {
  return sql`
    INSERT INTO device_next (tenant_id, service_provider_id, sync_run_id, carrier_device_id, id, iccid, iccid_key, status,
      carrier_status, carrier_rate_plan, communication_plan, content_hash, created_at, changed_at, staged_at)
    SELECT s.tenant_id, ${chunk.serviceProviderId}, s.sync_run_id, s.carrier_device_id, coalesce(d.id,
      ${chunk.idPrefix} || printf('%05d', row_number() OVER (ORDER BY s.carrier_device_id))), s.iccid, substr(s.iccid, 1, 19),
      s.status, s.carrier_status, s.rate_plan, s.communication_plan, s.content_hash, coalesce(d.created_at, ${chunk.now}),
      ${chunk.now}, s.staged_at
    ${stagedDevices(chunk)} AND (d.id IS NULL OR ${isNews})
    ON CONFLICT DO NOTHING`
}

/**
 * Writes the changed usage of the chunk's devices: the sum over rate plan versions and zones. A device that was listed and
 * has none used nothing; one that was not listed, because it did not change, is updated where it has some.
 */
export function promoteUsage(chunk: Chunk): Statement {
  const { key } = chunk
  const inChunk = (alias: string): SQL => sql`${sql.raw(alias)}.tenant_id = ${key.tenantId}
    AND ${sql.raw(alias)}.sync_run_id = ${key.id} AND ${sql.raw(alias)}.carrier_device_id > ${chunk.after}
    AND ${sql.raw(alias)}.carrier_device_id <= ${chunk.last}`
  return sql`
    INSERT INTO device_usage_next (tenant_id, service_provider_id, sync_run_id, carrier_device_id, billing_period_id, bytes,
      sms_count, updated_at)
    SELECT ${key.tenantId}, ${chunk.serviceProviderId}, ${key.id}, n.id, ${chunk.billingPeriodId}, n.bytes, n.sms_count, ${chunk.now}
    FROM (
      SELECT s.carrier_device_id AS id, coalesce(sum(u.bytes), 0) AS bytes, coalesce(sum(u.sms_count), 0) AS sms_count
      FROM device_stage s LEFT JOIN usage_stage u ON u.tenant_id = s.tenant_id AND u.sync_run_id = s.sync_run_id
        AND u.carrier_device_id = s.carrier_device_id
      WHERE ${inChunk("s")} AND s.rejection IS NULL GROUP BY s.carrier_device_id
      UNION ALL
      SELECT u.carrier_device_id, sum(u.bytes), sum(u.sms_count) FROM usage_stage u
      WHERE ${inChunk("u")}
        AND NOT EXISTS (SELECT 1 FROM device_stage s WHERE s.tenant_id = u.tenant_id AND s.sync_run_id = u.sync_run_id
          AND s.carrier_device_id = u.carrier_device_id)
        AND EXISTS (SELECT 1 FROM device d WHERE d.tenant_id = u.tenant_id
          AND d.service_provider_id = ${chunk.serviceProviderId} AND d.carrier_device_id = u.carrier_device_id)
      GROUP BY u.carrier_device_id) n
    LEFT JOIN device_usage b ON b.tenant_id = ${key.tenantId} AND b.service_provider_id = ${chunk.serviceProviderId}
      AND b.billing_period_id = ${chunk.billingPeriodId} AND b.carrier_device_id = n.id
    WHERE b.bytes IS NULL OR b.bytes <> n.bytes OR b.sms_count <> n.sms_count
    ON CONFLICT DO NOTHING`
}

export function savePromotionProgress(chunk: Chunk): Statement {
  return sql`UPDATE sync_run SET checkpoint = ${chunk.last}
    WHERE ${isInPhase(chunk.key, "promotion")} AND coalesce(checkpoint, '') = ${chunk.after}`
}

/** Last identifier of the provider's next `size` devices after one of them; null when none is left. */
export function nextInventoryChunk(key: RunKey, serviceProviderId: string, after: string, size: number): Statement {
  return sql`
    SELECT max(id) AS "last" FROM (SELECT carrier_device_id AS id FROM device WHERE tenant_id = ${key.tenantId}
      AND service_provider_id = ${serviceProviderId} AND carrier_device_id > ${after}
      ORDER BY carrier_device_id LIMIT ${size})`
}

/** Devices of a chunk that the inventory lists and the run's staging does not, and that are not found missing yet. */
export function missingCandidates(key: RunKey, serviceProviderId: string, after: string, last: string): Statement {
  return sql`
    SELECT d.carrier_device_id AS "carrierDeviceId" FROM device d
    WHERE d.tenant_id = ${key.tenantId} AND d.service_provider_id = ${serviceProviderId} AND d.missing_since IS NULL
      AND d.carrier_device_id > ${after} AND d.carrier_device_id <= ${last}
      AND NOT EXISTS (SELECT 1 FROM device_stage s WHERE s.tenant_id = d.tenant_id AND s.sync_run_id = ${key.id}
        AND s.carrier_device_id = d.carrier_device_id)
      AND NOT EXISTS (SELECT 1 FROM device_next n WHERE n.tenant_id = d.tenant_id
        AND n.service_provider_id = d.service_provider_id AND n.sync_run_id = ${key.id}
        AND n.carrier_device_id = d.carrier_device_id)
    ORDER BY d.carrier_device_id`
}

/** Marks devices whose absence the carrier confirmed, unseen like all of the run. Written twice, it counts once. */
export function markMissing(
  key: RunKey,
  serviceProviderId: string,
  absent: readonly { readonly carrierDeviceId: string; readonly askedAt: number }[],
  now: number,
): readonly Statement[] {
  const values = absent.map(({ carrierDeviceId, askedAt }) => [carrierDeviceId, askedAt])
  return [
    sql`INSERT INTO device_next (tenant_id, service_provider_id, sync_run_id, carrier_device_id, id, iccid, iccid_key, status,
        carrier_status, carrier_rate_plan, communication_plan, content_hash, missing_since, created_at, changed_at, staged_at)
      SELECT d.tenant_id, d.service_provider_id, ${key.id}, d.carrier_device_id, d.id, d.iccid, d.iccid_key, d.status,
        d.carrier_status, d.carrier_rate_plan, d.communication_plan, d.content_hash, ${now}, d.created_at, ${now}, value->>1
      FROM json_each(${JSON.stringify(values)}) CROSS JOIN device d ON d.tenant_id = ${key.tenantId}
        AND d.service_provider_id = ${serviceProviderId} AND d.carrier_device_id = value->>0
      WHERE d.missing_since IS NULL AND coalesce(d.read_at, -1) < value->>1
      ON CONFLICT DO NOTHING`,
    sql`UPDATE sync_run SET missing = (SELECT count(*) FROM device_next WHERE tenant_id = ${key.tenantId}
        AND service_provider_id = ${serviceProviderId} AND sync_run_id = ${key.id} AND missing_since IS NOT NULL)
      WHERE ${isRun(key)}`,
  ]
}

/** Shows the run to readers, all of it at once, and opens its settlement. */
export function publishRun(run: RunKey & { readonly serviceProviderId: string }, now: number): readonly Statement[] {
  return [
    sql`INSERT INTO inventory_publication (tenant_id, service_provider_id, generation, sync_run_id, unsettled_run_id, published_at)
      SELECT tenant_id, service_provider_id, 1, id, id, ${now} FROM sync_run WHERE ${isRun(run)} AND phase = 'promotion'
      ON CONFLICT (tenant_id, service_provider_id) DO UPDATE SET generation = generation + 1,
        sync_run_id = excluded.sync_run_id, unsettled_run_id = excluded.unsettled_run_id, published_at = excluded.published_at`,
    sql`UPDATE sync_run SET phase = 'settlement', checkpoint = NULL, published_at = ${now}
      WHERE ${isRun(run)} AND phase = 'promotion'`,
  ]
}

export function selectWatermark(tenantId: string, serviceProviderId: string): Statement {
  return sql`SELECT at FROM sync_watermark WHERE tenant_id = ${tenantId} AND service_provider_id = ${serviceProviderId}`
}

/**
 * Moves the provider's watermark forwards, never back, in the unit that publishes the run. A run that began to list after
 * the watermark left a gap before it and does not move it; where there is none yet, going back to `seedDate` is enough. One
 * after `latest` cannot be true and counts as none.
 */
export function advanceWatermark(
  run: RunKey,
  { at, seedDate, latest }: { readonly at: number; readonly seedDate: number; readonly latest: number },
): Statement {
  return sql`
    INSERT INTO sync_watermark (tenant_id, service_provider_id, at, sync_run_id)
    SELECT tenant_id, service_provider_id, ${at}, id FROM sync_run WHERE ${isRun(run)} AND phase = 'promotion'
      AND coalesce(modified_since, 0) <= coalesce((SELECT w.at FROM sync_watermark w
        WHERE w.tenant_id = sync_run.tenant_id AND w.service_provider_id = sync_run.service_provider_id AND w.at <= ${latest}), ${seedDate})
    ON CONFLICT (tenant_id, service_provider_id) DO UPDATE SET at = excluded.at, sync_run_id = excluded.sync_run_id
      WHERE excluded.at > at OR at > ${latest}`
}

/** Stops the run until somebody confirms what it misses. */
export function askForConfirmation(key: RunKey): Statement {
  return sql`UPDATE sync_run SET phase = 'confirmation' WHERE ${isRun(key)} AND phase = 'promotion'`
}

/** Lets a run go on that waits. */
export function confirmRun(key: RunKey, now: number): Statement {
  return sql`UPDATE sync_run SET phase = 'promotion', missing_confirmed_at = ${now}
    WHERE ${isRun(key)} AND phase = 'confirmation'`
}

/** Ends an unpublished run. */
export function cancelRun(key: RunKey, now: number): Statement {
  return sql`UPDATE sync_run SET status = 'cancelled', phase = 'done', checkpoint = NULL, finished_at = ${now}
    WHERE ${isRun(key)} AND published_at IS NULL`
}

export function endRun(
  key: RunKey,
  end: {
    readonly status: "succeeded" | "failed"
    readonly now: number
    readonly code?: string
    readonly message?: string
  },
): Statement {
  return sql`
    UPDATE sync_run SET status = ${end.status}, phase = 'done', checkpoint = NULL, error_code = ${end.code ?? null},
      error_message = ${end.message ?? null}, finished_at = ${end.now}
    WHERE ${isRun(key)}`
}
