import { type SQL, sql } from "drizzle-orm"
import { describeError } from "./database-errors.ts"
import type { Fence } from "./store.ts"

const MARK = "lease lost"

/**
 * A statement that fails, and with it the whole batch, unless the fence holds. A batch cannot branch, so the failure is
 * made: a path that JSON does not have, whose text comes back in the message.
 */
export function fenceStatement(fence: Fence): SQL {
  return sql`SELECT json_extract('{}', CASE WHEN ${fence.holds} THEN '$' ELSE ${MARK} END)`
}

/** Whether a batch failed at its fence, and not at anything else its first statement may meet. */
export function isFenceFailure(error: unknown): boolean {
  const { statementIndex, message } = describeError(error)
  return statementIndex === 0 && message.includes(MARK)
}
