import { describe, expect, test } from "vitest"
import { price, reprice } from "../src/mod.ts"
import { makeProblem, randomFrom } from "./make-problem.ts"

describe("reprice()", () => {
  test("says after each move what price() says, and before it what it will", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = randomFrom(seed)
      const problem = makeProblem({
        seed,
        sims: 30,
        plans: 5,
        pools: 1 + (seed % 3),
        alone: 0.3,
        prorated: 0.5,
        sms: true,
        changeCost: 70_001,
        rounding: seed % 2 ? "exact" : "block",
        block: 1000 + seed,
      })
      const assignment = Array.from({ length: 30 }, () => Math.floor(random() * 5))
      const bill = reprice(problem, assignment)
      expect(bill.total).toBe(price(problem, assignment).total)
      for (let moves = 0; moves < 40; moves++) {
        const sim = Math.floor(random() * 30)
        const plan = Math.floor(random() * 5)
        const before = bill.total
        const difference = bill.difference(sim, plan)
        assignment[sim] = plan
        bill.move(sim, plan)
        expect([...bill.assignment]).toEqual(assignment)
        expect(bill.total).toBe(price(problem, assignment).total)
        expect(bill.total - before).toBe(difference)
      }
    }
  })

  test("stays exact where sums pass 2^53", () => {
    const huge = 4_000_000_000_000_000
    const problem = {
      cycleDays: 1,
      plans: [
        { id: "A", monthly: 0, included: 0, pool: "p" },
        { id: "B", monthly: 1, included: 0, overageCost: 1 },
      ],
      pools: [{ id: "p", overageCost: 3 }],
      sims: { usage: [huge, huge, huge] },
    }
    const bill = reprice(problem, [0, 0, 0])
    expect(bill.total).toBe(36_000_000_000_000_000n)
    bill.move(1, 1)
    expect(bill.total).toBe(price(problem, [0, 1, 0]).total)
  })
})
