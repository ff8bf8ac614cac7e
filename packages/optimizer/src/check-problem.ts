import { ProblemError } from "./problem-error.ts"
import type { Problem } from "./problem.ts"

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
  const document = record(problem, "problem")
  if (document["version"] !== undefined && document["version"] !== 1) {
    throw new ProblemError("problem.range", "version", `must be 1, got ${show(document["version"])}`)
  }
  const cycleDays = integer(document["cycleDays"], "cycleDays", 1)
  optionalInteger(document["changeCost"], "changeCost", 0)
  const poolIds = checkPools(document["pools"])
  const planIds = checkPlans(document["plans"], poolIds)
  const commPlanCount = checkCommPlans(document["commPlans"], planIds)
  checkSims(record(document["sims"], "sims"), cycleDays, planIds.size, commPlanCount)
}

function checkPools(value: unknown): ReadonlySet<string> {
  const ids = new Set<string>()
  if (value === undefined || value === null) return ids
  list(value, "pools").forEach((entry, index) => {
    const path = `pools[${index}]`
    const pool = record(entry, path)
    addId(ids, pool["id"], `${path}.id`)
    integer(pool["overageCost"], `${path}.overageCost`, 0)
    checkOverageUnit(pool, path)
  })
  return ids
}

function checkPlans(value: unknown, poolIds: ReadonlySet<string>): ReadonlySet<string> {
  const ids = new Set<string>()
  const plans = list(value, "plans")
  if (plans.length === 0) throw new ProblemError("problem.length", "plans", "must name at least one plan")
  plans.forEach((entry, index) => {
    const path = `plans[${index}]`
    const plan = record(entry, path)
    addId(ids, plan["id"], `${path}.id`)
    integer(plan["monthly"], `${path}.monthly`, 0)
    integer(plan["included"], `${path}.included`, 0)
    for (const field of ["overageCost", "smsIncluded", "smsCost", "minSims", "maxSims"]) {
      optionalInteger(plan[field], `${path}.${field}`, 0)
    }
    checkOverageUnit(plan, path)
    const pool = plan["pool"]
    if (pool === undefined || pool === null) return
    if (typeof pool !== "string")
      throw new ProblemError("problem.type", `${path}.pool`, `must be text or null, got ${show(pool)}`)
    if (!poolIds.has(pool))
      throw new ProblemError("problem.unknown_id", `${path}.pool`, `names no pool, got ${show(pool)}`)
  })
  return ids
}

function checkOverageUnit(owner: Fields, path: string): void {
  // A block of 0 KB is tolerated only where overage is free, because nothing is divided by it then.
  optionalInteger(owner["overageBlock"], `${path}.overageBlock`, owner["overageCost"] ? 1 : 0)
  const rounding = owner["overageRounding"]
  if (rounding !== undefined && rounding !== null && rounding !== "exact" && rounding !== "block") {
    throw new ProblemError(
      "problem.range",
      `${path}.overageRounding`,
      `must be "exact" or "block", got ${show(rounding)}`,
    )
  }
}

function checkCommPlans(value: unknown, planIds: ReadonlySet<string>): number {
  if (value === undefined || value === null) return 0
  const ids = new Set<string>()
  const commPlans = list(value, "commPlans")
  commPlans.forEach((entry, index) => {
    const path = `commPlans[${index}]`
    const commPlan = record(entry, path)
    addId(ids, commPlan["id"], `${path}.id`)
    list(commPlan["plans"], `${path}.plans`).forEach((plan, at) => {
      if (!planIds.has(plan as string)) {
        throw new ProblemError("problem.unknown_id", `${path}.plans[${at}]`, `names no plan, got ${show(plan)}`)
      }
    })
  })
  return commPlans.length
}

function checkSims(sims: Fields, cycleDays: number, planCount: number, commPlanCount: number): void {
  const usage = column(sims["usage"], "sims.usage")
  checkColumn(usage, "sims.usage", 0, Number.MAX_SAFE_INTEGER)
  const ranges = [
    ["days", 0, cycleDays],
    ["sms", 0, Number.MAX_SAFE_INTEGER],
    ["commPlan", 0, commPlanCount - 1],
    ["currentPlan", -1, planCount - 1],
  ] as const
  for (const [name, least, most] of ranges) {
    const value = sims[name]
    if (value === undefined || value === null) continue
    const path = `sims.${name}`
    const entries = column(value, path)
    checkLength(entries.length, usage.length, path)
    checkColumn(entries, path, least, most)
  }
  const id = sims["id"]
  if (id === undefined || id === null) return
  const ids = list(id, "sims.id")
  checkLength(ids.length, usage.length, "sims.id")
  for (let i = 0; i < ids.length; i++) {
    if (typeof ids[i] !== "string")
      throw new ProblemError("problem.type", `sims.id[${i}]`, `must be text, got ${show(ids[i])}`)
  }
}

function checkColumn(entries: ArrayLike<number>, path: string, least: number, most: number): void {
  for (let i = 0; i < entries.length; i++) {
    const value = entries[i]
    // Comparisons with NaN are false, so one test refuses NaN, text, fractions and the unsafe range.
    if (!(Number.isSafeInteger(value) && value! >= least && value! <= most)) {
      throw new ProblemError(
        "problem.range",
        `${path}[${i}]`,
        `must be an integer ${least} to ${most}, got ${show(value)}`,
      )
    }
  }
}

function checkLength(actual: number, wanted: number, path: string): void {
  if (actual !== wanted) {
    throw new ProblemError("problem.length", path, `must have ${wanted} entries like sims.usage, got ${actual}`)
  }
}

type Fields = Readonly<Record<string, unknown>>

function record(value: unknown, path: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields
  throw new ProblemError("problem.type", path, `must be an object, got ${show(value)}`)
}

function list(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new ProblemError("problem.type", path, `must be a list, got ${show(value)}`)
}

function column(value: unknown, path: string): ArrayLike<number> {
  const isTyped = ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof BigInt64Array)
  if (Array.isArray(value) || (isTyped && !(value instanceof BigUint64Array))) return value as ArrayLike<number>
  throw new ProblemError("problem.type", path, `must be a list of integers, got ${show(value)}`)
}

function addId(ids: Set<string>, value: unknown, path: string): void {
  if (typeof value !== "string" || value === "") {
    throw new ProblemError("problem.type", path, `must be text, got ${show(value)}`)
  }
  if (ids.has(value)) throw new ProblemError("problem.duplicate_id", path, `repeats ${show(value)}`)
  ids.add(value)
}

function integer(value: unknown, path: string, least: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number
  throw new ProblemError("problem.range", path, `must be a safe integer of ${least} or more, got ${show(value)}`)
}

function optionalInteger(value: unknown, path: string, least: number): void {
  if (value !== undefined && value !== null) integer(value, path, least)
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object"
  return String(value)
}
