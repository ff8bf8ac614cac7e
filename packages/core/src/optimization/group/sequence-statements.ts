import { sql } from "drizzle-orm"
import { type Statement, unitGuard } from "../../store/mod.ts"
import { chunks } from "../load/cohort-statements.ts"
import type { SessionKey } from "../session/statements.ts"
import type { PlannedGroup } from "./plan-sequences.ts"

/** Stores groups, their rate plans and their queue items, and fails the unit unless all of them are there then. */
export function storeGroups(
  key: SessionKey,
  groups: readonly PlannedGroup[],
  created: { readonly by: string; readonly at: number },
): readonly Statement[] {
  const ratePlans = groups.flatMap((group, at) => group.ratePlans.map((row, position) => [at, position, row] as const))
  const items = groups.flatMap((group, at) => group.sequences.map((sequence, position) => [at, position, sequence]))
  const { tenantId, id } = key
  return [
    sql`INSERT INTO optimization_group (tenant_id, session_id, position, problem, eligibility, communication_plans,
        device_count, direct_reason, created_by, created_at)
      SELECT ${tenantId}, ${id}, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, ${created.by}, ${created.at}
      FROM json_each(${JSON.stringify(
        groups.map((group, at) => [
          at,
          group.problem,
          group.eligibility,
          JSON.stringify(group.communicationPlans),
          group.deviceCount,
          group.directReason,
        ]),
      )}) WHERE true ON CONFLICT DO NOTHING`,
    ...chunks(ratePlans).map(
      (rows) => sql`
        INSERT INTO optimization_group_rate_plan (tenant_id, session_id, "group", position, rate_plan, max_avg_usage)
        SELECT ${tenantId}, ${id}, value->>0, value->>1, value->>2, value->>3
        FROM json_each(${JSON.stringify(rows.map(([at, position, row]) => [at, position, row.ratePlan, row.maxAvgUsage]))})
        WHERE true ON CONFLICT DO NOTHING`,
    ),
    ...chunks(items).map(
      (rows) => sql`
        INSERT INTO optimization_queue_item (tenant_id, session_id, "group", position, sequence, status, created_by, created_at)
        SELECT ${tenantId}, ${id}, value->>0, value->>1, value->>2, 'NotStarted', ${created.by}, ${created.at}
        FROM json_each(${JSON.stringify(rows)}) WHERE true ON CONFLICT DO NOTHING`,
    ),
    countIs("optimization_group", key, groups.length),
    countIs("optimization_group_rate_plan", key, ratePlans.length),
    countIs("optimization_queue_item", key, items.length),
  ]
}

function countIs(table: string, key: SessionKey, count: number): Statement {
  return unitGuard(
    sql`(SELECT count(*) FROM ${sql.raw(table)} WHERE tenant_id = ${key.tenantId} AND session_id = ${key.id}) = ${count}`,
  )
}

/** Some queue items of a group. */
export interface QueueItemRange {
  readonly group: number
  /** Number of the first, and how many. */
  readonly first: number
  readonly count: number
}

const inRange = (key: SessionKey, { group, first, count }: QueueItemRange) => sql`tenant_id = ${key.tenantId}
  AND session_id = ${key.id} AND "group" = ${group} AND position >= ${first} AND position < ${first + count}`

/** The items of a range that were not run yet, in their order. */
export function openQueueItems(key: SessionKey, range: QueueItemRange): Statement {
  return sql`SELECT position, sequence FROM optimization_queue_item
    WHERE ${inRange(key, range)} AND status = 'NotStarted' ORDER BY position`
}

/** Closes the items of a range; the cheapest of them keeps its cost. */
export function closeQueueItems(
  key: SessionKey,
  range: QueueItemRange,
  best: { readonly sequence: string; readonly cost: bigint } | undefined,
  now: number,
): Statement {
  return sql`
    UPDATE optimization_queue_item SET status = 'CompleteWithSuccess', finished_at = ${now},
      cost = CASE WHEN sequence = ${best?.sequence ?? ""} THEN ${String(best?.cost ?? 0)} END
    WHERE ${inRange(key, range)} AND status = 'NotStarted'`
}

/** The groups of a problem, each with the number of its cheapest sequence, or null. Of equally cheap ones the first. */
export function bestSequences(key: SessionKey, problem: number): Statement {
  return sql`
    SELECT g.eligibility, (SELECT i.position FROM optimization_queue_item i WHERE i.tenant_id = g.tenant_id
        AND i.session_id = g.session_id AND i."group" = g.position AND i.cost IS NOT NULL
      ORDER BY length(i.cost), i.cost, i.position LIMIT 1) AS best
    FROM optimization_group g WHERE g.tenant_id = ${key.tenantId} AND g.session_id = ${key.id} AND g.problem = ${problem}
    ORDER BY g.position`
}

/** How many queue items and problems the session has, and how many are done. */
export function countItems(key: SessionKey): Statement {
  const done = (table: string) => sql`SELECT count(*) AS n, coalesce(sum(status = 'CompleteWithSuccess'), 0) AS done
    FROM ${sql.raw(table)} WHERE tenant_id = ${key.tenantId} AND session_id = ${key.id}`
  return sql`SELECT sum(n) AS "all", sum(done) AS done FROM (${done("optimization_queue_item")}
    UNION ALL ${done("optimization_problem")})`
}

/** Groups of a session with their rate plans as JSON, in their order. */
export function groupsOfSession(key: SessionKey): Statement {
  return sql`
    SELECT g.position, g.problem, g.eligibility, g.communication_plans AS "communicationPlans",
      g.device_count AS "deviceCount", g.direct_reason AS "directReason",
      (SELECT json_group_array(json_object('ratePlan', r.rate_plan, 'maxAvgUsage', r.max_avg_usage) ORDER BY r.position)
        FROM optimization_group_rate_plan r WHERE r.tenant_id = g.tenant_id AND r.session_id = g.session_id
        AND r."group" = g.position) AS "ratePlans",
      (SELECT count(*) FROM optimization_queue_item i WHERE i.tenant_id = g.tenant_id AND i.session_id = g.session_id
        AND i."group" = g.position) AS "sequenceCount",
      (SELECT i.sequence FROM optimization_queue_item i WHERE i.tenant_id = g.tenant_id AND i.session_id = g.session_id
        AND i."group" = g.position AND i.cost IS NOT NULL ORDER BY length(i.cost), i.cost, i.position LIMIT 1)
        AS "bestSequence"
    FROM optimization_group g WHERE g.tenant_id = ${key.tenantId} AND g.session_id = ${key.id} ORDER BY g.position`
}
