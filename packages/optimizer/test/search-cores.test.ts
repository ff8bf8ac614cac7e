import { describe, expect, test } from "vitest"
import { fleetOf, inSimOrder } from "../src/fleet/fleet.ts"
import { isPermitted } from "../src/limits/is-permitted.ts"
import { meetLimits } from "../src/limits/meet-limits.ts"
import { bordersOf, placesNear } from "../src/fleet/near-borders.ts"
import { partOfFleet, withEquals } from "../src/round/part-of-fleet.ts"
import { priceChecked } from "../src/charge/price.ts"
import { relaxFleet } from "../src/relax/relax-fleet.ts"
import { newCoreSearch } from "../src/round/search-cores.ts"
import { totalsOf } from "../src/round/totals.ts"
import { wholeAtPrices } from "../src/round/whole-at-prices.ts"
import { openBudget } from "../src/problem/work-budget.ts"
import { makeProblem } from "./make-problem.ts"

describe("newCoreSearch()", () => {
  test.each([
    { plans: 8 },
    { plans: 6, pools: 2, alone: 0.3, rounding: "block" },
    { plans: 6, limits: true, commPlans: 3 },
    { plans: 5, prorated: 0.3, sms: true, changeCost: 250_000 },
  ] as const)("makes an assignment cheaper, keeps it permitted and knows its cost: %o", (made) => {
    const problem = makeProblem({ ...made, sims: 3000, seed: 7 })
    const fleet = fleetOf(problem)
    const relaxing = relaxFleet(fleet, 0, () => false)
    let step = relaxing.next()
    while (!step.done) step = relaxing.next()
    const budget = openBudget(1e9, {})
    const plans = wholeAtPrices(fleet, step.value)
    meetLimits(fleet, step.value.prices, plans, budget)
    const search = newCoreSearch(fleet, step.value, plans, -Infinity)
    const costs = [search.cost]
    for (let k = 0; k < 3; k++) {
      search.next(100, budget.part(2e6))
      costs.push(search.cost)
      const assignment = inSimOrder(fleet, plans)
      expect(isPermitted(problem, fleet.tariff, assignment)).toBe(true)
      expect(Number(priceChecked(problem, fleet.tariff, assignment).total)).toBe(search.cost)
    }
    expect(costs).toEqual([...costs].sort((a, b) => b - a))
    expect(costs.at(-1)).toBeLessThan(costs[0]!)
  })
})

describe("partOfFleet()", () => {
  test("parts add up to the whole", () => {
    const fleet = fleetOf(makeProblem({ seed: 3, sims: 500, plans: 4, prorated: 0.3, changeCost: 1000, alone: 0.3 }))
    const plans = Int32Array.from({ length: 500 }, (_, place) => place % 4)
    const places = withEquals(fleet, placesNear(bordersOf(fleet, plans), 500, 50, 0), 8)
    const isIn = new Set(places)
    const others = Int32Array.from({ length: 500 }, (_, place) => place).filter((place) => !isIn.has(place))
    expect(places.length).toBe(isIn.size)
    const [whole, ...parts] = [null, places, others].map((part) =>
      part === null
        ? totalsOf(fleet, plans)
        : totalsOf(
            partOfFleet(fleet, part),
            part.map((place) => plans[place]!),
          ),
    )
    expect(parts.reduce((sum, { own }) => sum + own, 0)).toBe(whole!.own)
    expect(parts[0]!.net.map((net, pool) => net + parts[1]!.net[pool]!)).toEqual(whole!.net)
    expect(parts[0]!.count.map((count, plan) => count + parts[1]!.count[plan]!)).toEqual(whole!.count)
  })
})
