import { describe, expect, it } from "vitest"
import type { StoredRatePlan } from "../../inventory/mod.ts"
import { usableRatePlans } from "../load/usable-rate-plans.ts"
import { type Cohort, jointProblems } from "./joint-problems.ts"

const plan = (name: string, pool: string | null = null): StoredRatePlan => ({
  id: name,
  serviceProviderId: "p",
  name,
  monthly: 1,
  includedBytes: 1024,
  pool,
  overageCost: 1,
  overageBlockBytes: 1024,
  overageRounding: "exact",
  smsIncluded: 0,
  smsCost: 0,
  rateCharge: 0,
  planType: null,
  version: 1,
})
const USABLE = usableRatePlans([
  plan("A"),
  plan("B"),
  plan("P1", "P"),
  plan("P2", "P"),
  plan("Q1", "Q"),
  plan("Q2", "Q"),
])

function split(
  permitted: Readonly<Record<string, readonly string[]>>,
  sims: readonly (readonly [string | null, string])[],
) {
  const cohorts = sims.map(
    ([communicationPlan, ratePlan]): Cohort => ({ communicationPlan, ratePlan, isBillable: true, deviceCount: 1 }),
  )
  const communicationPlans = Object.entries(permitted).map(([name, permittedRatePlans]) => ({
    id: name,
    serviceProviderId: "p",
    name,
    permittedRatePlans,
  }))
  const { problems, placements, groupCount } = jointProblems(cohorts, communicationPlans, USABLE, 30)
  const names = problems.map(({ groups }) => groups.flatMap((group) => group.communicationPlans).join("+"))
  return { problems, placements, groupCount, names }
}

describe("jointProblems()", () => {
  it("groups by what is permitted, in whatever order and however often it is listed", () => {
    const { problems, groupCount } = split({ x: ["B", "A"], y: ["A", "B", "A"], z: ["A"] }, [
      ["x", "A"],
      ["y", "A"],
      ["z", "A"],
    ])
    expect(groupCount).toBe(2)
    expect(problems.map(({ groups }) => groups)).toEqual([
      [{ communicationPlans: ["x", "y"], ratePlans: ["A", "B"] }],
      [{ communicationPlans: ["z"], ratePlans: ["A"] }],
    ])
  })

  it("joins groups through pools, from one pool to the next, and leaves the others apart", () => {
    const permitted = { v: ["A", "B"], w: ["P1", "A"], x: ["P2", "Q1"], y: ["Q2"], z: ["B"] }
    const sims = Object.entries(permitted).map(([name, plans]) => [name, plans[0] as string] as const)
    expect(split(permitted, sims).names).toEqual(["v", "w+x+y", "z"])
  })

  it("joins a group to the pool its SIMs are in, even where the pool's plans are not permitted any more", () => {
    const permitted = { x: ["A"], y: ["P1", "P2"] }
    expect(
      split(permitted, [
        ["x", "A"],
        ["y", "P1"],
      ]).names,
    ).toEqual(["x", "y"])
    const left = split(permitted, [
      ["x", "P1"],
      ["y", "P1"],
    ])
    expect(left.names).toEqual(["x+y"])
    expect(left.placements.map(({ eligibility }) => left.problems[0]?.commPlans[eligibility as number]?.plans)).toEqual(
      [["A"], ["P1", "P2"]],
    )
  })

  it("keeps SIMs that may not move in the problem that bills their pool, and out of all others", () => {
    const { problems, placements } = split({ x: ["P1", "P2"], y: [] }, [
      ["x", "P1"],
      ["y", "P2"],
      [null, "P2"],
      [null, "Q1"],
      [null, "A"],
    ])
    expect(problems).toHaveLength(1)
    expect(problems[0]?.commPlans).toEqual([
      { id: "group 1", plans: ["P1", "P2"] },
      { id: "stays on P2", plans: ["P2"] },
    ])
    expect(placements).toEqual([
      { problem: 0, eligibility: 0, exclusion: null },
      { problem: 0, eligibility: 1, exclusion: "no_permitted_rate_plans" },
      { problem: 0, eligibility: 1, exclusion: "no_communication_plan" },
      { problem: null, eligibility: null, exclusion: "no_communication_plan" },
      { problem: null, eligibility: null, exclusion: "no_communication_plan" },
    ])
  })

  it("is the same whatever order cohorts and communication plans come in", () => {
    const permitted = { c: ["P1", "A"], a: ["Q2"], b: ["P2", "B"] }
    const sims = [
      ["c", "A"],
      ["a", "Q1"],
      ["b", "B"],
      ["c", "P1"],
    ] as const
    const reversed = Object.fromEntries(Object.entries(permitted).toReversed())
    expect(split(reversed, sims.toReversed()).problems).toEqual(split(permitted, sims).problems)
  })

  it("names no plan twice and only pools that its plans use", () => {
    const { problems } = split({ x: ["P1", "A"], y: ["P2", "A"] }, [
      ["x", "A"],
      ["y", "P1"],
    ])
    expect(problems[0]?.plans.map(({ id }) => id)).toEqual(["A", "P1", "P2"])
    expect(problems[0]?.pools.map(({ id }) => id)).toEqual(["P"])
  })
})
