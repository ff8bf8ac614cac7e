import { describe, expect, test } from "vitest"
import { checkProblem, isProblemError, type ProblemErrorCode, price, solve } from "../src/mod.ts"

const good = {
  version: 1,
  cycleDays: 30,
  changeCost: 5,
  plans: [
    { id: "A", monthly: 10, included: 100, pool: "p", minSims: 0, maxSims: 5 },
    { id: "B", monthly: 20, included: 300, pool: null, overageCost: 3, overageBlock: 10, overageRounding: "block" },
  ],
  pools: [{ id: "p", overageCost: 7, overageBlock: 2, overageRounding: "exact" }],
  commPlans: [{ id: "c", plans: ["A", "B"] }],
  sims: { id: ["1", "2"], usage: [5, 500], days: [30, 3], sms: [0, 1], commPlan: [0, 0], currentPlan: [-1, 1] },
}

/** The good document with one value replaced; `undefined` removes it. */
function withValue(path: string, value: unknown): unknown {
  const copy = structuredClone(good) as Record<string, unknown>
  const steps = path.split(/[.[\]]+/).filter(Boolean)
  let at: Record<string, unknown> = copy
  for (const step of steps.slice(0, -1)) at = at[step] as Record<string, unknown>
  at[steps.at(-1)!] = value
  return copy
}

const refused: [path: string, value: unknown, code: ProblemErrorCode, reported?: string][] = [
  ["version", 2, "problem.range"],
  ["cycleDays", 0, "problem.range"],
  ["cycleDays", undefined, "problem.range"],
  ["changeCost", -1, "problem.range"],
  ["changeCost", 0.5, "problem.range"],
  ["plans", {}, "problem.type"],
  ["plans", [], "problem.length"],
  ["plans[0]", 7, "problem.type"],
  ["plans", Object.assign([], { length: 1 }), "problem.type", "plans[0]"],
  ["plans[0].id", "", "problem.type"],
  ["plans[1].id", "A", "problem.duplicate_id"],
  ["plans[0].monthly", -1, "problem.range"],
  ["plans[0].monthly", 2 ** 53, "problem.range"],
  ["plans[0].included", "9", "problem.range"],
  ["plans[0].pool", "q", "problem.unknown_id"],
  ["plans[0].pool", 4, "problem.type"],
  ["plans[0].minSims", -2, "problem.range"],
  ["plans[0].maxSims", 1.5, "problem.range"],
  ["plans[1].overageCost", Number.NaN, "problem.range"],
  ["plans[1].overageBlock", 0, "problem.range"],
  ["plans[1].overageRounding", "up", "problem.range"],
  ["plans[1].smsCost", Infinity, "problem.range"],
  ["pools", "p", "problem.type"],
  ["pools[0].id", 3, "problem.type"],
  ["pools[0].overageCost", undefined, "problem.range"],
  ["pools[0].overageBlock", -1, "problem.range"],
  ["commPlans[0].plans", ["A", "Z"], "problem.unknown_id", "commPlans[0].plans[1]"],
  ["sims", [], "problem.type"],
  ["sims.usage", undefined, "problem.type"],
  ["sims.usage", [1], "problem.length", "sims.days"],
  ["sims.usage[1]", -4, "problem.range"],
  ["sims.usage[0]", Number.NaN, "problem.range"],
  ["sims.usage[0]", null, "problem.range"],
  ["sims.usage", new BigInt64Array(2), "problem.type"],
  ["sims.days[1]", 31, "problem.range"],
  ["sims.sms", [0], "problem.length"],
  ["sims.commPlan[0]", 1, "problem.range"],
  ["sims.commPlan[0]", -1, "problem.range"],
  ["sims.currentPlan[0]", -2, "problem.range"],
  ["sims.currentPlan[0]", 2, "problem.range"],
  ["sims.id[0]", 8, "problem.type"],
]

describe("checkProblem()", () => {
  test("takes a good document, and typed arrays as columns", () => {
    checkProblem(good)
    checkProblem({ ...good, sims: { usage: Float64Array.of(1, 2), days: Uint8Array.of(1, 2) } })
    checkProblem(withValue("plans[1].pool", undefined))
    checkProblem({ cycleDays: 1, plans: [{ id: "A", monthly: 0, included: 0 }], sims: { usage: [] } })
  })

  for (const [path, value, code, reported = path] of refused) {
    test(`names ${reported} when ${path} is ${ArrayBuffer.isView(value) ? "of bigints" : JSON.stringify(value)}`, async () => {
      const problem = withValue(path, value)
      const caught = await solve(problem as never).then(
        () => null,
        (error: unknown) => error,
      )
      expect(isProblemError(caught, code)).toBe(true)
      expect(caught).toMatchObject({ path: reported, name: "ProblemError" })
      expect(String(caught)).toContain(reported)
    })
  }

  test("refuses what is no object at all", () => {
    for (const value of [null, undefined, 3, "x", []])
      expect(() => checkProblem(value)).toThrow("problem must be an object")
  })

  test("assignments are checked too", () => {
    checkProblem(good)
    expect(() => price(good, [0])).toThrow("assignment must have 2 entries")
    expect(() => price(good, [0, 2])).toThrow("assignment[1]")
    expect(() => price(good, [0, -1])).toThrow("assignment[1]")
  })
})
