import { createPaged, MAX_PAGE_SIZE } from "../paged-list.ts"
import type { ListOptions, Paged } from "../paging.ts"
import type { Caller } from "../transport/caller.ts"
import { type RatePlanUsage, ratePlanUsagePageSchema } from "../wire/rate-plan-usage.ts"
import { readAnswer } from "../wire/read-answer.ts"

/** Which usage to list. */
export interface RatePlanUsageQuery extends ListOptions {
  /** First day of the cycle, `yyyy-MM-dd`; absent means the current cycle. */
  readonly cycleStartDate?: string
  /** Absent means the newest version. */
  readonly ratePlanVersion?: number
}

/**
 * Usage of every device with usage on one plan, in one cycle.
 *
 * @throws {TypeError | RangeError} If the name is empty or the cycle is not a `yyyy-MM-dd` date.
 */
export function listUsageByRatePlan(call: Caller, name: string, query: RatePlanUsageQuery = {}): Paged<RatePlanUsage> {
  const { cycleStartDate, ratePlanVersion, ...options } = query
  if (typeof name !== "string" || name === "") throw new TypeError("Cannot list usage: the rate plan's name is missing")
  if (cycleStartDate !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(cycleStartDate)) {
    throw new RangeError(`Cannot list usage: cycleStartDate must be yyyy-MM-dd, got ${cycleStartDate}`)
  }
  const params = {
    ratePlanName: name,
    ...(cycleStartDate === undefined ? {} : { cycleStartDate }),
    ...(ratePlanVersion === undefined ? {} : { ratePlanVersion: String(ratePlanVersion) }),
    pageSize: String(MAX_PAGE_SIZE),
  }
  return createPaged(
    call,
    { path: "/usages", query: params, read: (answer) => readAnswer(ratePlanUsagePageSchema(), answer) },
    options,
  )
}
