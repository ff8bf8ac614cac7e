import { expect, test } from "vitest"
import { fleetOf } from "../src/fleet/fleet.ts"
import { freePrices } from "../src/prices/prices.ts"
import { relaxSingles } from "../src/relax/relax-singles.ts"
import { makeProblem } from "./make-problem.ts"

test.each([10, 15])("relaxSingles() leaves a larger fleet as it is, with %i plans", (plans) => {
  const fleet = fleetOf(makeProblem({ seed: 1, sims: 4000, plans }))
  const near = { prices: freePrices(fleet.tariff) } as Parameters<typeof relaxSingles>[1]
  expect(relaxSingles(fleet, near)).toBe(near)
})
