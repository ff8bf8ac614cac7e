import { expect, test } from "vitest"
import { finishExactly } from "../src/exact/exact-finish.ts"
import { fleetOf, inPlaceOrder, inSimOrder } from "../src/fleet/fleet.ts"
import { relaxFleet } from "../src/relax/relax-fleet.ts"
import { openBudget } from "../src/problem/work-budget.ts"
import { makeProblem, randomFrom } from "./make-problem.ts"
import { reference } from "./reference.ts"

test("finishExactly() finds and proves the optimum from the dearest assignment there is", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = randomFrom(seed)
    const plans = 2 + (seed % 3)
    const problem = makeProblem({
      seed,
      sims: 5,
      plans,
      pools: 1 + Math.floor(random() * plans),
      rounding: random() < 0.5 ? "exact" : "block",
      block: random() < 0.3 ? 20_000 : 1024,
      alone: random() < 0.4 ? 0.5 : 0,
      prorated: random() < 0.3 ? 0.5 : 0,
      changeCost: random() < 0.3 ? 250_000 : 0,
      limits: random() < 0.3,
    })
    let [least, most] = [Infinity, -Infinity]
    let dearest: readonly number[] = []
    const assignment = [0, 0, 0, 0, 0]
    for (let i = 0; i < assignment.length; ) {
      const { cost, isPermitted } = reference(problem, assignment)
      if (isPermitted) least = Math.min(least, Number(cost))
      if (isPermitted && Number(cost) > most) [most, dearest] = [Number(cost), assignment.slice()]
      for (i = 0; i < assignment.length && ++assignment[i]! === plans; i++) assignment[i] = 0
    }
    if (least === Infinity) continue
    const fleet = fleetOf(problem)
    const relaxing = relaxFleet(fleet, 0, () => false)
    let stage = relaxing.next()
    while (!stage.done) stage = relaxing.next()
    const found = inPlaceOrder(fleet, dearest)
    const finish = finishExactly(fleet, stage.value, found, most, openBudget(1e8, {}))
    expect(finish, `seed ${seed}`).toEqual({ cost: least, isProved: true })
    expect(Number(reference(problem, inSimOrder(fleet, found)).cost), `seed ${seed}`).toBe(least)
  }
})
