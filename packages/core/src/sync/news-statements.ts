import { type SQL, sql } from "drizzle-orm"
import type { Statement } from "../store/mod.ts"
import type { RunKey } from "./run-statements.ts"

export interface Comparison {
  readonly run: RunKey
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  /** Whether the run lists all devices: then staging and inventory are walked side by side, else what is staged is looked up. */
  readonly listsAll: boolean
  /** Whether a device of the inventory that is not staged may be called missing. */
  readonly mayMarkMissing: boolean
  /** Begins behind this identifier. */
  readonly after: string
  /** Most rows of each side. */
  readonly size: number
}

/** What the next step of a comparison showed. */
export interface News {
  /** The identifier it went to; null where nothing was left. */
  readonly last: string | null
  /** JSON list, in order, of the devices whose row or usage is new or says something new. May hold some more. */
  readonly changed: string
  /** JSON list of the devices that the inventory shows, the staging does not have, and nobody found missing yet. */
  readonly absent: string
}

/**
 * Compares the next devices that are staged with those of the inventory: one row of `News`. Each comparison merges two
 * tables in the order of their keys, so what did not change costs a step in each and is looked up nowhere.
 */
export function findNews(comparison: Comparison): Statement {
  const rows = rowsOf(comparison)
  const used = sql`(bytes <> 0 OR sms_count <> 0)`
  // The order is what makes SQLite merge, and the limit what makes it keep the order.
  const listed = sql`
    SELECT carrier_device_id AS id, content_hash FROM device_stage WHERE ${rows.staged} AND rejection IS NULL
    EXCEPT SELECT carrier_device_id, content_hash FROM device WHERE ${rows.stored} AND missing_since IS NULL
    ORDER BY 1, 2 LIMIT -1`
  const usage = sql`
    SELECT carrier_device_id AS id, bytes, sms_count FROM usage_stage WHERE ${rows.staged} AND ${used}
    EXCEPT SELECT carrier_device_id, bytes, sms_count FROM device_usage WHERE ${rows.storedUsage}
    ORDER BY 1, 2, 3 LIMIT -1`
  const noUsage = sql`
    SELECT carrier_device_id AS id FROM device_usage WHERE ${rows.storedUsage} AND ${used}
    EXCEPT SELECT carrier_device_id FROM usage_stage WHERE ${rows.staged} AND ${used}
    ORDER BY 1 LIMIT -1`
  return sql`
    WITH border AS MATERIALIZED (SELECT ${rows.border} AS last)
    SELECT (SELECT last FROM border) AS "last",
      (SELECT json_group_array(id) FROM (SELECT id FROM (${listed}) UNION SELECT id FROM (${usage})
        UNION SELECT id FROM (${noUsage}) ORDER BY 1)) AS "changed",
      ${comparison.mayMarkMissing ? absent(comparison, rows) : sql`'[]'`} AS "absent"`
}

/** Conditions on the tables' rows within a step, and where the step ends. */
interface StepRows {
  readonly staged: SQL
  readonly stored: SQL
  readonly storedUsage: SQL
  readonly border: SQL
}

function rowsOf({ run, serviceProviderId, billingPeriodId, listsAll, after, size }: Comparison): StepRows {
  const ofRun = sql`tenant_id = ${run.tenantId} AND sync_run_id = ${run.id} AND carrier_device_id > ${after}`
  const ofProvider = sql`tenant_id = ${run.tenantId} AND service_provider_id = ${serviceProviderId}`
  const toBorder = sql`carrier_device_id <= (SELECT last FROM border)`
  const staged = sql`${ofRun} AND ${toBorder}`
  if (!listsAll) {
    const isStaged = sql`carrier_device_id IN (SELECT carrier_device_id FROM device_stage WHERE ${staged}
      UNION SELECT carrier_device_id FROM usage_stage WHERE ${staged})`
    const next = (table: string): SQL => sql`SELECT carrier_device_id AS id FROM ${sql.raw(table)} WHERE ${ofRun}`
    return {
      staged,
      stored: sql`${ofProvider} AND ${isStaged}`,
      storedUsage: sql`${ofProvider} AND billing_period_id = ${billingPeriodId} AND ${isStaged}`,
      border: sql`(SELECT max(id) FROM (${next("device_stage")} UNION ${next("usage_stage")} ORDER BY id LIMIT ${size}))`,
    }
  }
  const range = sql`carrier_device_id > ${after} AND ${toBorder}`
  const known = sql`${ofProvider} AND carrier_device_id > ${after}`
  const nth = (
    table: string,
    rows: SQL,
  ): SQL => sql`SELECT * FROM (SELECT carrier_device_id AS id FROM ${sql.raw(table)}
    WHERE ${rows} ORDER BY carrier_device_id LIMIT 1 OFFSET ${size - 1})`
  const last = (table: string, rows: SQL): SQL =>
    sql`SELECT max(carrier_device_id) AS id FROM ${sql.raw(table)} WHERE ${rows}`
  return {
    staged,
    stored: sql`${ofProvider} AND ${range}`,
    storedUsage: sql`${ofProvider} AND billing_period_id = ${billingPeriodId} AND ${range}`,
    // No further than either side has rows for, or a short list would walk through the whole inventory at once.
    border: sql`coalesce((SELECT min(id) FROM (${nth("device_stage", ofRun)} UNION ALL ${nth("device", known)})),
      (SELECT max(id) FROM (${last("device_stage", ofRun)} UNION ALL ${last("usage_stage", ofRun)}
        UNION ALL ${last("device", known)})))`,
  }
}

function absent({ run, serviceProviderId }: Comparison, rows: StepRows): SQL {
  return sql`(SELECT json_group_array(id) FROM (
      SELECT carrier_device_id AS id FROM device WHERE ${rows.stored} AND missing_since IS NULL
      EXCEPT SELECT carrier_device_id FROM device_stage WHERE ${rows.staged} ORDER BY 1 LIMIT -1) c
    WHERE NOT EXISTS (SELECT 1 FROM device_next n WHERE n.tenant_id = ${run.tenantId}
      AND n.service_provider_id = ${serviceProviderId} AND n.sync_run_id = ${run.id} AND n.carrier_device_id = c.id))`
}
