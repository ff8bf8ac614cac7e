import { type SQL, sql } from "drizzle-orm"
import { describeError } from "./database-errors.ts"
import type { Fence, Statement } from "./store.ts"

const MARK = "lease lost"

/**
 * A statement that fails, and with it the whole batch, unless the fence holds. A batch cannot branch, so the failure is
 * made: a path that JSON does not have, whose text comes back in the message.
 */
export function fenceStatement(fence: Fence): SQL {
  return sql`SELECT json_extract('{}', CASE WHEN ${fence.holds} THEN '$' ELSE ${MARK} END)`
}

const OUTDATED_MARK = "unit outdated"

/**
 * A statement that fails its whole unit with `store.outdated` unless `holds` is 1: for units that were computed from rows
 * that another writer may have changed since. It must also hold once the unit is written, since a unit may be written again.
 */
export function unitGuard(holds: Statement): Statement {
  return sql`SELECT json_extract('{}', CASE WHEN ${holds} THEN '$' ELSE ${OUTDATED_MARK} END)`
}

/** Whether a batch failed at one of its guards. */
export function isGuardFailure(error: unknown): boolean {
  return describeError(error).message.includes(OUTDATED_MARK)
}

/** Whether a batch failed at its fence, and not at anything else its first statement may meet. */
export function isFenceFailure(error: unknown): boolean {
  const { statementIndex, message } = describeError(error)
  return statementIndex === 0 && message.includes(MARK)
}
