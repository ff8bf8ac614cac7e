import { createPaged, MAX_PAGE_SIZE } from "../paged-list.ts"
import type { ListOptions, Paged } from "../paging.ts"
import type { Caller } from "../transport/caller.ts"
import { type RatePlan, ratePlanPageSchema } from "../wire/rate-plan.ts"
import { readAnswer } from "../wire/read-answer.ts"

/** Published rate plans of the account. */
export function listRatePlans(call: Caller, options?: ListOptions): Paged<RatePlan> {
  const query = { pageSize: String(MAX_PAGE_SIZE) }
  return createPaged(
    call,
    { path: "/rateplans", query, read: (answer) => readAnswer(ratePlanPageSchema(), answer) },
    options,
  )
}
