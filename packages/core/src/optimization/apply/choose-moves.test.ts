import { price } from "@altaworx/optimizer"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { chooseMoves, type MoveLimits, type WishedProblem } from "./choose-moves.ts"

const NO_LIMITS: MoveLimits = {
  mostMoves: Number.POSITIVE_INFINITY,
  inTime: Number.POSITIVE_INFINITY,
  leastSaving: 0n,
}

/** Small fleets on four plans, two of which share a pool with steep or staircase overage. */
const wishedProblem: fc.Arbitrary<WishedProblem> = fc
  .record({
    rounding: fc.constantFrom("exact" as const, "block" as const),
    block: fc.integer({ min: 1, max: 60 }),
    rate: fc.integer({ min: 0, max: 12 }),
    monthly: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 4, maxLength: 4 }),
    sims: fc.array(
      fc.record({
        usage: fc.integer({ min: 0, max: 10 }),
        current: fc.nat(3),
        target: fc.nat(3),
      }),
      { minLength: 1, maxLength: 7 },
    ),
  })
  .map(({ rounding, block, rate, monthly, sims }) => ({
    problem: {
      cycleDays: 30,
      plans: [
        { id: "A", monthly: 20 * monthly[0]!, included: 10, pool: "p" },
        { id: "B", monthly: 20 * monthly[1]!, included: 50, pool: "p" },
        { id: "C", monthly: 20 * monthly[2]!, included: 20, overageCost: 2 },
        { id: "D", monthly: 20 * monthly[3]!, included: 80, overageCost: 1 },
      ],
      pools: [{ id: "p", overageCost: 2 * rate, overageBlock: block, overageRounding: rounding }],
      commPlans: [{ id: "all", plans: ["A", "B", "C", "D"] }],
      sims: {
        // Round numbers, so that kinks and ties are met.
        usage: sims.map(({ usage }) => 10 * usage),
        commPlan: sims.map(() => 0),
        currentPlan: sims.map(({ current }) => current),
      },
    },
    target: sims.map(({ target }) => target),
  }))

function billOf(
  wished: readonly WishedProblem[],
  moves: readonly { problem: number; sim: number; to: number }[],
): bigint {
  const plans = wished.map(({ problem }) => Array.from(problem.sims.currentPlan))
  for (const { problem, sim, to } of moves) plans[problem]![sim] = to
  return wished.reduce((sum, { problem }, at) => sum + price(problem, plans[at]!).total, 0n)
}

describe("chooseMoves()", () => {
  it("never costs more than no move and breaks no limit, whatever is wished and whatever the limits", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(wishedProblem, { minLength: 1, maxLength: 2 }),
        fc.record({
          mostMoves: fc.nat(8),
          inTime: fc.nat(8),
          leastSaving: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 300n })),
        }),
        async (wished, limits) => {
          const { chosen, left, costBefore, cost } = await chooseMoves(wished, limits)
          expect(costBefore).toBe(billOf(wished, []))
          expect(cost).toBe(billOf(wished, chosen))
          expect(cost <= costBefore).toBe(true)
          expect(chosen.length).toBeLessThanOrEqual(Math.min(limits.mostMoves, limits.inTime))
          // Undoing any one of them costs at least the least saving.
          for (const move of chosen) {
            const without = billOf(
              wished,
              chosen.filter((one) => one !== move),
            )
            expect(without - cost >= limits.leastSaving).toBe(true)
          }
          // Savings tell the truth one after the other, and so add up.
          chosen.forEach((move, at) => {
            expect(move.saving).toBe(billOf(wished, chosen.slice(0, at)) - billOf(wished, chosen.slice(0, at + 1)))
          })
          for (const move of left) expect(move.saving).toBe(cost - billOf(wished, [...chosen, move]))
          // Everything that was wished is there once.
          const all = wished.flatMap(({ problem, target }, at) =>
            Array.from(target).flatMap((to, sim) =>
              to === problem.sims.currentPlan[sim] ? [] : [`${at}/${sim}/${to}`],
            ),
          )
          expect([...chosen, ...left].map(({ problem, sim, to }) => `${problem}/${sim}/${to}`).sort()).toEqual(
            all.sort(),
          )
        },
      ),
      { numRuns: 400 },
    )
  })

  it("leaves out a move that only pays beside one that may not be made", async () => {
    // Together they fit one block of overage less; each alone saves nothing and costs its dearer plan.
    const problem = {
      cycleDays: 30,
      plans: [
        { id: "A", monthly: 10, included: 0, pool: "p" },
        { id: "B", monthly: 14, included: 50, pool: "p" },
      ],
      pools: [{ id: "p", overageCost: 100, overageBlock: 100, overageRounding: "block" as const }],
      commPlans: [{ id: "all", plans: ["A", "B"] }],
      sims: { usage: [50, 50], commPlan: [0, 0], currentPlan: [0, 0] },
    }
    const both = await chooseMoves([{ problem, target: [1, 1] }], NO_LIMITS)
    expect([both.chosen.length, both.costBefore - both.cost]).toEqual([2, 92n])
    const one = await chooseMoves([{ problem, target: [1, 1] }], { ...NO_LIMITS, mostMoves: 1 })
    expect([one.chosen.length, one.cost, one.left.map(({ reason }) => reason)]).toEqual([
      0,
      one.costBefore,
      ["savesTooLittle", "savesTooLittle"],
    ])
  })

  it("makes none of two that each pay beside the other and together cost more than nothing", async () => {
    // One SIM leaves a full pool for 50 more, to make room for one that saves 1 by joining it.
    const problem = {
      cycleDays: 30,
      plans: [
        { id: "pooled", monthly: 10, included: 0, pool: "p" },
        { id: "spare", monthly: 10, included: 10, pool: "p" },
        { id: "alone", monthly: 11, included: 100 },
        { id: "dear", monthly: 60, included: 100 },
      ],
      pools: [{ id: "p", overageCost: 10 }],
      commPlans: [{ id: "all", plans: ["pooled", "spare", "alone", "dear"] }],
      sims: { usage: [10, 10, 0], commPlan: [0, 0, 0], currentPlan: [2, 0, 1] },
    }
    const { chosen, cost, costBefore } = await chooseMoves([{ problem, target: [0, 3, 1] }], NO_LIMITS)
    expect([chosen.length, cost]).toEqual([0, costBefore])
  })

  it("leaves out what saves too little and makes the rest, and what saves nothing is too little", async () => {
    const problem = {
      cycleDays: 30,
      plans: [10, 5, 7, 9, 10].map((monthly, at) => ({ id: String(at), monthly, included: 0 })),
      commPlans: [{ id: "all", plans: ["0", "1", "2", "3", "4"] }],
      sims: { usage: [0, 0, 0, 0], commPlan: [0, 0, 0, 0], currentPlan: [0, 0, 0, 0] },
    }
    const wished = [{ problem, target: [3, 1, 4, 2] }]
    const two = await chooseMoves(wished, { ...NO_LIMITS, leastSaving: 2n })
    expect(two.chosen.map(({ sim, saving }) => [sim, saving])).toEqual([
      [1, 5n],
      [3, 3n],
    ])
    expect((await chooseMoves(wished, NO_LIMITS)).chosen.map(({ sim }) => sim)).toEqual([1, 3, 0])
  })

  it("makes none of the moves that only cost", async () => {
    const problem = {
      cycleDays: 30,
      plans: [
        { id: "A", monthly: 10, included: 100 },
        { id: "B", monthly: 14, included: 100 },
      ],
      commPlans: [{ id: "all", plans: ["B"] }],
      sims: { usage: [50], commPlan: [0], currentPlan: [0] },
    }
    const { chosen, left } = await chooseMoves([{ problem, target: [1] }], NO_LIMITS)
    expect([chosen, left[0]?.saving]).toEqual([[], -4n])
  })
})
