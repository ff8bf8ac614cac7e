import { and, asc, eq, sql } from "drizzle-orm"
import type { ReadDatabase, Statement } from "../../store/mod.ts"
import type { Placement } from "../group/joint-problems.ts"
import type { ExclusionReason } from "../session/session.ts"
import { ofSession, type SessionKey } from "../session/statements.ts"
import { optimizationCohort } from "./schema.ts"

export interface StoredCohort extends Placement {
  readonly position: number
  readonly communicationPlan: string | null
  readonly ratePlan: string | null
  readonly serviceProviderId: string
  readonly portalType: string
  readonly deviceCount: number
}

/** Stores the cohorts of a session in the place of those of an earlier attempt. */
export function storeCohorts(
  key: SessionKey,
  cohorts: readonly Omit<StoredCohort, "position">[],
): readonly Statement[] {
  const rows = cohorts.map((cohort, at) => [
    at,
    cohort.communicationPlan,
    cohort.ratePlan,
    cohort.problem,
    cohort.eligibility,
    cohort.exclusion,
    cohort.deviceCount,
    cohort.serviceProviderId,
    cohort.portalType,
  ])
  return [
    sql`DELETE FROM optimization_cohort WHERE ${ofSession(key)}`,
    ...chunks(rows).map(
      (some) => sql`
        INSERT INTO optimization_cohort (tenant_id, session_id, position, communication_plan, rate_plan, problem,
          eligibility, exclusion, device_count, service_provider_id, portal_type)
        SELECT ${key.tenantId}, ${key.id}, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6,
          value->>7, value->>8
        FROM json_each(${JSON.stringify(some)})`,
    ),
  ]
}

/** Rows in statements of some thousand. */
export function chunks<T>(rows: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(rows.length / 2_000) }, (_, at) => rows.slice(at * 2_000, (at + 1) * 2_000))
}

export function selectCohorts(db: ReadDatabase, { tenantId, id }: SessionKey): Promise<StoredCohort[]> {
  const { position, communicationPlan, ratePlan, problem, eligibility, exclusion, deviceCount } = optimizationCohort
  const { serviceProviderId, portalType } = optimizationCohort
  return db
    .select({
      position,
      communicationPlan,
      ratePlan,
      serviceProviderId,
      portalType,
      problem,
      eligibility,
      exclusion: sql<ExclusionReason | null>`${exclusion}`,
      deviceCount,
    })
    .from(optimizationCohort)
    .where(and(eq(optimizationCohort.tenantId, tenantId), eq(optimizationCohort.sessionId, id)))
    .orderBy(asc(position))
}
