import type { Multipliers, RatePlan } from "@altaworx/optimizer"
import { CoreError } from "../../errors/mod.ts"
import type { Platform } from "../../store/mod.ts"
import { findApplicableSession } from "../apply/apply.ts"
import { type StoredCohort, selectCohorts } from "../load/cohort-statements.ts"
import { findSession, listProblems, type OptimizationProblem } from "../session/read-session.ts"
import type { SessionKey } from "../session/statements.ts"
import { type ChargeComponents, splitCharge } from "../solve/components.ts"
import { moveReason } from "./move-reason.ts"
import { resultsAfter, type StoredResult } from "./result-statements.ts"

/** Where one SIM is, where it should be, and why. Money in micro-units. */
export interface OptimizationResult {
  readonly serviceProviderId: string
  readonly carrierDeviceId: string
  readonly communicationPlan: string | null
  /** As it was read. */
  readonly usageBytes: number
  /** Carried to the end of the period: what was optimized. */
  readonly projectedBytes: number
  /** Band around `projectedBytes`: narrower the more of the period is over. */
  readonly lowBytes: number
  readonly highBytes: number
  readonly smsCount: number
  /** Days of the period in which it is billed. */
  readonly days: number
  readonly fromRatePlan: string
  /** The same where it stays. */
  readonly toRatePlan: string
  /** Own charge plus its share of the pool's overage, by net overuse: rows add up to the totals exactly. */
  readonly chargeBefore: number
  readonly chargeAfter: number
  /** The charges in their parts. */
  readonly componentsBefore: ChargeComponents
  readonly componentsAfter: ChargeComponents
  /** `chargeBefore - chargeAfter`. */
  readonly saving: number
  /** In plain words. */
  readonly reason: string
  /** Micro-units that one more KB is worth in the pool it ends in, decimal; `null` without a pool. A reason, not a summand. */
  readonly poolPrice: string | null
  /** The next best plan at the certificate's prices, and how much dearer it is there. Reasons, not summands. */
  readonly nextRatePlan: string | null
  readonly marginToNext: number | null
}

export interface ListOptimizationResultsRequest {
  readonly tenantId: string
  readonly sessionId: string
  /** `next` of the page before. */
  readonly after?: string
  /** 1 to 2000. @default 100 */
  readonly limit?: number
  /** Leaves out the SIMs that stay. @default false */
  readonly movesOnly?: boolean
}

export interface OptimizationResultPage {
  readonly results: readonly OptimizationResult[]
  /** Where the next page goes on; `null` on the last one. */
  readonly next: string | null
}

/**
 * Priced SIMs of a session in a stable order; those of problems that are not solved yet are left out.
 *
 * @throws {CoreError} `input.invalid` for a limit outside 1 to 2000 or an `after` that is none; `input.not_found` if the
 *   tenant has no such session.
 */
export async function listOptimizationResults(
  core: Platform,
  request: ListOptimizationResultsRequest,
): Promise<OptimizationResultPage> {
  const limit = request.limit ?? 100
  if (!Number.isInteger(limit) || limit < 1 || limit > 2_000) {
    throw new CoreError("input.invalid", `Cannot list results: limit must be 1 to 2000, got ${limit}`, {
      field: "limit",
    })
  }
  const read = await openResults(core, { tenantId: request.tenantId, id: request.sessionId })
  return read.page(request.after ?? null, limit, request.movesOnly ?? false)
}

/**
 * The moves of a complete session, in pages: what a bulk change takes over.
 *
 * @throws {CoreError} `input.not_found` if the tenant has no such session; `input.invalid` while it is not complete, if it
 *   ended with errors (half a plan is never applied), and for a customer's: its moves are between the tenant's own plans.
 */
export async function* eachMove(
  core: Platform,
  request: { readonly tenantId: string; readonly sessionId: string; readonly limit?: number },
): AsyncGenerator<readonly OptimizationResult[], void> {
  const { tenantId, sessionId } = request
  await findApplicableSession(core, tenantId, sessionId)
  yield* eachResult(core, { tenantId, id: sessionId }, { movesOnly: true, limit: request.limit ?? 2_000 })
}

/** All priced SIMs of a session, in pages. */
export async function* eachResult(
  core: Platform,
  key: SessionKey,
  options: { readonly movesOnly: boolean; readonly limit: number },
): AsyncGenerator<readonly OptimizationResult[], void> {
  const read = await openResults(core, key)
  let after: string | null = null
  do {
    const page: OptimizationResultPage = await read.page(after, options.limit, options.movesOnly)
    if (page.results.length > 0) yield page.results
    after = page.next
    await core.runtime.clock.yield()
  } while (after !== null)
}

/** Reads results with the words of the session's own cohorts and plans. */
export async function openResults(core: Platform, key: SessionKey) {
  if (!(await findSession(core, key.tenantId, key.id))) {
    throw new CoreError("input.not_found", "Cannot find the optimization session", { field: "sessionId" })
  }
  const cohorts = await core.store.read((db) => selectCohorts(db, key))
  const problems = await listProblems(core, key.tenantId, key.id)
  const toResult = resultReader(cohorts, problems)
  return {
    cohorts,
    toResult,
    async page(after: string | null, limit: number, movesOnly: boolean): Promise<OptimizationResultPage> {
      const rows = await core.store.rows<StoredResult>(resultsAfter(key, { ...parseCursor(after), movesOnly, limit }))
      const last = rows.at(-1)
      return {
        results: rows.map(toResult),
        next: last && rows.length === limit ? `${last.cohort}:${last.carrierDeviceId}` : null,
      }
    },
  }
}

function parseCursor(after: string | null): { readonly cohort: number; readonly carrierDeviceId: string } {
  if (after === null) return { cohort: -1, carrierDeviceId: "" }
  const match = /^(\d{1,9}):(.*)$/s.exec(after)
  if (!match)
    throw new CoreError("input.invalid", "Cannot list results: after is no place in the list", { field: "after" })
  return { cohort: Number(match[1]), carrierDeviceId: match[2] ?? "" }
}

function resultReader(
  cohorts: readonly StoredCohort[],
  problems: readonly OptimizationProblem[],
): (row: StoredResult) => OptimizationResult {
  const plans = problems.map(({ definition }) => new Map(definition.plans.map((plan) => [plan.id, plan])))
  const termsOf = (problem: number, plan: RatePlan) => {
    const { cycleDays, rateCharges = {} } = problems[problem]!.definition
    return { plan, rateCharge: rateCharges[plan.id] ?? 0, cycleDays }
  }
  const poolPrices = problems.map(({ multipliers }): Multipliers["pools"] => multipliers?.pools ?? {})
  return (row) => {
    const cohort = cohorts[row.cohort] as StoredCohort
    const problem = cohort.problem as number
    const fromRatePlan = cohort.ratePlan as string
    const toRatePlan = row.toRatePlan ?? fromRatePlan
    const from = plans[problem]!.get(fromRatePlan)!
    const to = plans[problem]!.get(toRatePlan)!
    const poolPrice = to.pool == null ? null : (poolPrices[problem]?.[to.pool] ?? null)
    const permitted = problems[problem]?.definition.commPlans[cohort.eligibility as number]?.plans ?? []
    return {
      serviceProviderId: cohort.serviceProviderId,
      carrierDeviceId: row.carrierDeviceId,
      communicationPlan: cohort.communicationPlan,
      usageBytes: row.usageBytes,
      projectedBytes: row.projectedBytes,
      lowBytes: row.lowBytes,
      highBytes: row.highBytes,
      smsCount: row.smsCount,
      days: row.days,
      fromRatePlan,
      toRatePlan,
      chargeBefore: row.chargeBefore,
      chargeAfter: row.chargeAfter,
      componentsBefore: splitCharge(row.chargeBefore, row.days, row.smsCount, termsOf(problem, from)),
      componentsAfter: splitCharge(row.chargeAfter, row.days, row.smsCount, termsOf(problem, to)),
      saving: row.chargeBefore - row.chargeAfter,
      reason: moveReason({
        from,
        to,
        usageBytes: row.projectedBytes,
        poolPrice: Number(poolPrice ?? 0),
        isFromPermitted: permitted.includes(fromRatePlan),
        exclusion: cohort.exclusion,
      }),
      poolPrice,
      nextRatePlan: row.nextRatePlan,
      marginToNext: row.marginToNext,
    }
  }
}
