import { and, asc, eq, sql } from "drizzle-orm"
import type { ReadDatabase, Statement } from "../../store/mod.ts"
import type { BeforeAndAfter, Candidate, CandidateCosts, ComponentsByRatePlan } from "../session/session.ts"
import { costColumns, ofSession, type SessionKey } from "../session/statements.ts"
import type { ProblemDefinition } from "./joint-problems.ts"
import { optimizationProblem } from "./schema.ts"

/** Stores the problems of a session in the place of those of an earlier attempt. */
export function storeProblems(
  key: SessionKey,
  problems: readonly ProblemDefinition[],
  deviceCounts: readonly number[],
): readonly Statement[] {
  const rows = problems.map((problem, at) => [at, JSON.stringify(problem), deviceCounts[at]])
  return [
    sql`DELETE FROM optimization_problem WHERE ${ofSession(key)}`,
    sql`INSERT INTO optimization_problem (tenant_id, session_id, position, status, definition, device_count)
      SELECT ${key.tenantId}, ${key.id}, value->>0, 'NotStarted', value->>1, value->>2
      FROM json_each(${JSON.stringify(rows)})`,
  ]
}

/** What solving one problem found. */
export interface ProblemOutcome {
  readonly winner: Candidate
  readonly proof: "optimal" | "bounded"
  readonly moveCount: number
  readonly costs: CandidateCosts
  readonly cost: bigint
  readonly lowerBound: bigint
  readonly components: BeforeAndAfter & { readonly ratePlans: ComponentsByRatePlan }
  readonly multipliers: unknown
  readonly solveMs: number
}

export function completeProblem(key: SessionKey, position: number, outcome: ProblemOutcome): Statement {
  return sql`
    UPDATE optimization_problem SET status = 'CompleteWithSuccess', winner = ${outcome.winner}, proof = ${outcome.proof},
      move_count = ${outcome.moveCount}, ${costColumns(outcome.costs)}, cost = ${String(outcome.cost)},
      lower_bound = ${String(outcome.lowerBound)}, components = ${JSON.stringify(outcome.components)}, multipliers = ${JSON.stringify(outcome.multipliers)},
      solve_ms = ${outcome.solveMs}
    WHERE ${ofSession(key)} AND position = ${position} AND status = 'NotStarted'`
}

export function selectProblems(
  db: ReadDatabase,
  { tenantId, id }: SessionKey,
): Promise<(typeof optimizationProblem.$inferSelect)[]> {
  return db
    .select()
    .from(optimizationProblem)
    .where(and(eq(optimizationProblem.tenantId, tenantId), eq(optimizationProblem.sessionId, id)))
    .orderBy(asc(optimizationProblem.position))
}

/** States of a session's problems, without their documents. */
export function selectProblemStates(db: ReadDatabase, { tenantId, id }: SessionKey): Promise<{ status: string }[]> {
  return db
    .select({ status: optimizationProblem.status })
    .from(optimizationProblem)
    .where(and(eq(optimizationProblem.tenantId, tenantId), eq(optimizationProblem.sessionId, id)))
}
