import { sql } from "drizzle-orm"
import type { Statement } from "../../store/mod.ts"
import { ofSession, type SessionKey } from "../session/statements.ts"

/** What was found for a SIM: its cohort, what was loaded, new plan if it moves, charges, next best plan and its margin. */
export type SolvedSim = readonly [
  cohort: number,
  carrierDeviceId: string,
  usageBytes: number,
  projectedBytes: number,
  lowBytes: number,
  highBytes: number,
  smsCount: number,
  days: number,
  toRatePlan: string | null,
  chargeBefore: number,
  chargeAfter: number,
  nextRatePlan: string | null,
  marginToNext: number | null,
]

/** Stores what was found. The same again where it is there already: a problem has one answer. */
export function storeResults(key: SessionKey, sims: readonly SolvedSim[]): Statement {
  return sql`
    INSERT INTO optimization_result (tenant_id, session_id, cohort, carrier_device_id, usage_bytes, projected_bytes,
      low_bytes, high_bytes, sms_count, days, to_rate_plan, charge_before, charge_after, next_rate_plan, margin_to_next)
    SELECT ${key.tenantId}, ${key.id}, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6,
      value->>7, value->>8, value->>9, value->>10, value->>11, value->>12
    FROM json_each(${JSON.stringify(sims)})
    WHERE true ON CONFLICT (tenant_id, session_id, cohort, carrier_device_id) DO UPDATE SET
      to_rate_plan = excluded.to_rate_plan, charge_before = excluded.charge_before, charge_after = excluded.charge_after,
      next_rate_plan = excluded.next_rate_plan, margin_to_next = excluded.margin_to_next`
}

/** Where priced SIMs of one cohort go, in the order of the carrier's identifiers, as a JSON array of pairs. */
export function plansOfCohort(
  key: SessionKey,
  page: { readonly cohort: number; readonly after: string; readonly limit: number },
): Statement {
  return sql`
    SELECT json_group_array(json_array(carrier_device_id, to_rate_plan)) AS page
    FROM (SELECT carrier_device_id, to_rate_plan FROM optimization_result
      WHERE ${ofSession(key)} AND cohort = ${page.cohort} AND carrier_device_id > ${page.after}
      ORDER BY carrier_device_id LIMIT ${page.limit})`
}

/** A priced SIM, with its place in the order of the list. */
export interface StoredResult {
  readonly cohort: number
  readonly carrierDeviceId: string
  readonly usageBytes: number
  readonly projectedBytes: number
  readonly lowBytes: number
  readonly highBytes: number
  readonly smsCount: number
  readonly days: number
  readonly toRatePlan: string | null
  readonly chargeBefore: number
  readonly chargeAfter: number
  readonly nextRatePlan: string | null
  readonly marginToNext: number | null
}

const resultColumns = sql`cohort, carrier_device_id AS "carrierDeviceId", usage_bytes AS "usageBytes",
  projected_bytes AS "projectedBytes", low_bytes AS "lowBytes", high_bytes AS "highBytes", sms_count AS "smsCount", days, to_rate_plan AS "toRatePlan", charge_before AS "chargeBefore", charge_after AS "chargeAfter",
  next_rate_plan AS "nextRatePlan", margin_to_next AS "marginToNext"`

/** Priced SIMs after one of them, in the order of cohort and device. Uses the primary key. */
export function resultsAfter(
  key: SessionKey,
  page: {
    readonly cohort: number
    readonly carrierDeviceId: string
    readonly movesOnly: boolean
    readonly limit: number
  },
): Statement {
  return sql`
    SELECT ${resultColumns} FROM optimization_result
    WHERE ${ofSession(key)} AND (cohort, carrier_device_id) > (${page.cohort}, ${page.carrierDeviceId})
      ${page.movesOnly ? sql`AND to_rate_plan IS NOT NULL` : sql``}
    ORDER BY cohort, carrier_device_id LIMIT ${page.limit}`
}

/** The moves of a window that save most. */
export function largestMoves(
  key: SessionKey,
  window: { readonly cohort: number; readonly after: string; readonly last: string; readonly limit: number },
): Statement {
  return sql`
    SELECT ${resultColumns} FROM optimization_result
    WHERE ${ofSession(key)} AND cohort = ${window.cohort} AND carrier_device_id > ${window.after}
      AND carrier_device_id <= ${window.last} AND to_rate_plan IS NOT NULL
    ORDER BY charge_before - charge_after DESC, carrier_device_id LIMIT ${window.limit}`
}

/** SIMs of one cohort that end on one plan with about the same usage. Sums are decimal strings. */
export interface WindowSum {
  /** 0 used nothing, `n` less than `2 ** (n + 9)` bytes and not less than half of that. */
  readonly bin: number
  /** Null where they stay. */
  readonly toRatePlan: string | null
  readonly deviceCount: number
  readonly chargeBefore: string
  readonly chargeAfter: string
  readonly usedBytes: string
  readonly projectedBytes: string
  readonly lowBytes: string
  readonly highBytes: string
  readonly leastUsageBytes: number
  readonly mostUsageBytes: number
  readonly last: string
}

/** What some priced SIMs of a cohort add up to, by usage and new plan. Uses the primary key. */
export function sumWindow(
  key: SessionKey,
  window: { readonly cohort: number; readonly after: string; readonly limit: number },
): Statement {
  // Powers of two from 1 KB to 8 PB, above which a byte count is no safe integer.
  const bins = Array.from({ length: 44 }, (_, at) => `WHEN usage_bytes < ${2 ** (at + 10)} THEN ${at + 1}`)
  return sql`
    SELECT CASE WHEN usage_bytes = 0 THEN 0 ${sql.raw(bins.join(" "))} END AS bin, to_rate_plan AS "toRatePlan",
      count(*) AS "deviceCount", CAST(sum(charge_before) AS TEXT) AS "chargeBefore",
      CAST(sum(charge_after) AS TEXT) AS "chargeAfter", CAST(sum(usage_bytes) AS TEXT) AS "usedBytes",
      CAST(sum(projected_bytes) AS TEXT) AS "projectedBytes", CAST(sum(low_bytes) AS TEXT) AS "lowBytes",
      CAST(sum(high_bytes) AS TEXT) AS "highBytes", min(usage_bytes) AS "leastUsageBytes",
      max(usage_bytes) AS "mostUsageBytes", max(carrier_device_id) AS last
    FROM (SELECT carrier_device_id, usage_bytes, projected_bytes, low_bytes, high_bytes, to_rate_plan, charge_before,
        charge_after FROM optimization_result
      WHERE ${ofSession(key)} AND cohort = ${window.cohort} AND carrier_device_id > ${window.after}
      ORDER BY carrier_device_id LIMIT ${window.limit})
    GROUP BY 1, 2 ORDER BY 1, 2`
}
