import { checkColumn, checkInteger } from "./check-integers.ts"
import { refuse } from "./problem-error.ts"
import type { Problem } from "./problem.ts"

type Fields = Readonly<Record<string, unknown>>

/**
 * Refuses a document that is not a problem, naming the first wrong field.
 *
 * Contradicting limits and communication plans without plans are not refused: they are infeasible, which is
 * a result. Every verb of this package calls this first, so calling it yourself is only useful at a door.
 *
 * @param problem Any value, for example the output of `JSON.parse`.
 * @throws {ProblemError} With `code` and `path`. Nothing was computed.
 *
 * @example
 * ```ts
 * checkProblem(JSON.parse(text)) // throws ProblemError: Cannot read problem: sims.usage[3] must be …
 * ```
 */
export function checkProblem(problem: unknown): asserts problem is Problem {
  const { version, cycleDays, changeCost, pools, plans, commPlans, sims } = record(problem, "problem")
  if (version !== undefined && version !== 1) refuse("problem.range", "version", "be 1", version)
  checkInteger(cycleDays, "cycleDays", 1)
  checkInteger(changeCost ?? 0, "changeCost")
  const poolIds = eachNamed(pools ?? [], "pools", (pool, path) => {
    checkInteger(pool["overageCost"], `${path}.overageCost`)
    checkTerms(pool, path)
  })
  const planIds = eachNamed(plans, "plans", (plan, path) => {
    for (const field of ["monthly", "included"]) checkInteger(plan[field], `${path}.${field}`)
    checkTerms(plan, path)
    const pool = plan["pool"] ?? null
    if (pool === null) return
    if (typeof pool !== "string") refuse("problem.type", `${path}.pool`, "be text or null", pool)
    if (!poolIds.has(pool)) refuse("problem.unknown_id", `${path}.pool`, "name a pool", pool)
  })
  if (planIds.size === 0) refuse("problem.length", "plans", "name at least one plan", plans)
  const commPlanIds = eachNamed(commPlans ?? [], "commPlans", (commPlan, path) => {
    for (const [k, id] of list(commPlan["plans"], `${path}.plans`).entries())
      if (!planIds.has(id as string)) refuse("problem.unknown_id", `${path}.plans[${k}]`, "name a plan", id)
  })
  checkSims(record(sims, "sims"), cycleDays as number, planIds.size, commPlanIds.size)
}

/** Checks the entries of a list, each with an id of its own; returns the ids. */
function eachNamed(value: unknown, name: string, check: (entry: Fields, path: string) => void): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const [k, entry] of list(value, name).entries()) {
    const path = `${name}[${k}]`
    const fields = record(entry, path)
    const { id } = fields
    if (typeof id !== "string" || id === "") refuse("problem.type", `${path}.id`, "be text", id)
    if (ids.has(id)) refuse("problem.duplicate_id", `${path}.id`, "be no other's id", id)
    ids.add(id)
    check(fields, path)
  }
  return ids
}

/** Checks what may be left out of plans and pools. */
function checkTerms(terms: Fields, path: string): void {
  for (const field of ["overageCost", "smsIncluded", "smsCost", "minSims", "maxSims"])
    checkInteger(terms[field] ?? 0, `${path}.${field}`)
  // A block of 0 KB is tolerated only where overage is free, because nothing is divided by it then.
  checkInteger(terms["overageBlock"] ?? 1, `${path}.overageBlock`, terms["overageCost"] ? 1 : 0)
  const rounding = terms["overageRounding"] ?? "exact"
  if (rounding !== "exact" && rounding !== "block")
    refuse("problem.range", `${path}.overageRounding`, 'be "exact" or "block"', rounding)
}

function checkSims(sims: Fields, cycleDays: number, planCount: number, commPlanCount: number): void {
  const simCount = column(sims["usage"], "sims.usage").length
  const columns: readonly (readonly [name: string, least: number, most: number])[] = [
    ["usage", 0, Number.MAX_SAFE_INTEGER],
    ["days", 0, cycleDays],
    ["sms", 0, Number.MAX_SAFE_INTEGER],
    ["commPlan", 0, commPlanCount - 1],
    ["currentPlan", -1, planCount - 1],
  ]
  for (const [name, least, most] of columns) {
    const path = `sims.${name}`
    if (sims[name] != null) checkColumn(column(sims[name], path), path, simCount, least, most)
  }
  const ids = sims["id"] ?? null
  if (ids === null) return
  const texts = list(ids, "sims.id")
  if (texts.length !== simCount)
    refuse("problem.length", "sims.id", `have ${simCount} entries, one per SIM`, texts.length)
  for (const [k, id] of texts.entries())
    if (typeof id !== "string") refuse("problem.type", `sims.id[${k}]`, "be text", id)
}

function record(value: unknown, path: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields
  return refuse("problem.type", path, "be an object", value)
}

function list(value: unknown, path: string): readonly unknown[] {
  return Array.isArray(value) ? value : refuse("problem.type", path, "be a list", value)
}

function column(value: unknown, path: string): ArrayLike<unknown> {
  const entries = value as ArrayLike<unknown>
  const isList = Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value)
  return isList && typeof entries[0] !== "bigint"
    ? entries
    : refuse("problem.type", path, "be a list of integers", value)
}
