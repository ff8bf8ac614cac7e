import { describe, expect, it } from "vitest"
import { pickWinner, solveProblem } from "./solve-problem.ts"

const PROBLEM = {
  cycleDays: 30,
  plans: [
    { id: "dear", monthly: 300, included: 10 },
    { id: "cheap", monthly: 100, included: 10 },
  ],
  pools: [],
  commPlans: [{ id: "both", plans: ["dear", "cheap"] }],
  sims: { usage: [1, 2], commPlan: [0, 0], currentPlan: [0, 1] },
}

describe("pickWinner()", () => {
  const candidate = (name: "current" | "perSimCheapest" | "certified", cost: bigint, moveCount: number) => ({
    name,
    cost,
    moveCount,
    assignment: [],
  })

  it("takes the cheapest, then the one with the fewest moves, then the first", () => {
    const [a, b, c] = [candidate("current", 5n, 0), candidate("perSimCheapest", 4n, 9), candidate("certified", 4n, 3)]
    expect(pickWinner([a, b, c])).toBe(c)
    expect(pickWinner([c, b, a])).toBe(c)
    expect(pickWinner([a, b])).toBe(b)
    const twin = candidate("certified", 4n, 9)
    expect(pickWinner([b, twin])).toBe(b)
  })
})

describe("solveProblem()", () => {
  it("gives the same answer twice, with a proof", async () => {
    const [one, two] = [await solveProblem(PROBLEM), await solveProblem(PROBLEM)]
    expect(one).toEqual(two)
    expect(one).toMatchObject({
      cost: 200n,
      costs: { current: 400n },
      lowerBound: 200n,
      proof: "optimal",
      moveCount: 1,
    })
  })

  it("refuses a problem that nothing can satisfy, by name", async () => {
    const plans = PROBLEM.plans.map((plan) => ({ ...plan, maxSims: 0 }))
    await expect(solveProblem({ ...PROBLEM, plans })).rejects.toMatchObject({ code: "optimization.infeasible" })
  })

  it("stores no answer that was cut short", async () => {
    const stopped = AbortSignal.abort(new Error("the host stops"))
    await expect(solveProblem(PROBLEM, { signal: stopped })).rejects.toThrow("the host stops")
  })
})
