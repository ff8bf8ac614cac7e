import { describe, expect, test } from "vitest"
import {
  baseAssignment,
  breakEven,
  forecast,
  type Problem,
  price,
  sequences,
  solveSync,
  verify,
  whatIf,
  whatIfSync,
} from "../src/mod.ts"
import { makeProblem } from "./make-problem.ts"

const DAY = 86_400_000

describe("breakEven()", () => {
  const plans = (a: object, b: object): Problem => ({
    cycleDays: 30,
    plans: [
      { id: "A", monthly: 0, included: 0, ...a },
      { id: "B", monthly: 0, included: 2_000_000, ...b },
    ],
    sims: { usage: [] },
  })

  test("the figures of the legacy documents", () => {
    const first = { monthly: 5_000_000, included: 250 * 1024, overageCost: 20_000, overageBlock: 1024 }
    expect(breakEven(plans(first, { monthly: 10_000_000 }))[0]).toEqual({ plan: "A", nextPlan: "B", usage: 500 * 1024 })
    const second = { monthly: 10_000_000, included: 500 * 1024, overageCost: 1_000_000, overageBlock: 100 * 1024 }
    expect(breakEven(plans(second, { monthly: 15_000_000 }))[0]!.usage).toBe(1000 * 1024)
  })

  test("the last plan and free overage have no ceiling; a cheaper next plan wins from the allowance on", () => {
    expect(breakEven(plans({ monthly: 1 }, { monthly: 2 })).map((entry) => entry.usage)).toEqual([null, null])
    expect(breakEven(plans({ monthly: 3, included: 7 }, { monthly: 2 }))[0]!.usage).toBe(7)
  })
})

describe("forecast()", () => {
  const cycle = { cycleStartsAt: 0, cycleEndsAt: 30 * DAY }

  test("the legacy projection, and the plain one", () => {
    expect(forecast({ usage: 100_000, observedAt: 15 * DAY, ...cycle }, { method: "legacy" }).usage).toBe(202_000)
    expect(forecast({ usage: 100_000, observedAt: 15 * DAY, ...cycle }).usage).toBe(200_000)
    const late = { usage: 12_345_000, observedAt: 25 * DAY, cycleStartsAt: 0, cycleEndsAt: 31 * DAY }
    expect(forecast(late, { method: "legacy" }).usage).toBe(15_460_878)
  })

  test("nothing to project from: before, at the start, at the end, unknown, retired", () => {
    for (const observedAt of [-1, 0, 30 * DAY, 31 * DAY, null]) {
      expect(forecast({ usage: 5, observedAt, ...cycle })).toEqual({ usage: 5, low: 5, high: 5, isProjected: false })
    }
    expect(forecast({ usage: 5, observedAt: DAY, ...cycle }, { isActive: false }).isProjected).toBe(false)
  })

  test("the band holds the forecast, narrows, and never falls below what is used", () => {
    const early = forecast({ usage: 1000, observedAt: 2 * DAY, ...cycle })
    const late = forecast({ usage: 14_500, observedAt: 29 * DAY, ...cycle })
    expect(early.low).toBeGreaterThanOrEqual(1000)
    expect(early.high - early.low).toBeGreaterThan(late.high - late.low)
    expect(late.low <= late.usage && late.usage <= late.high).toBe(true)
    expect(() => forecast({ usage: Number.NaN, observedAt: 0, ...cycle })).toThrow(RangeError)
    expect(() => forecast({ usage: 1, observedAt: 0, cycleStartsAt: 5, cycleEndsAt: 5 })).toThrow(RangeError)
  })
})

describe("baseAssignment()", () => {
  test("nearest allowance; ties to the cheaper plan; none permitted is -1", () => {
    const problem: Problem = {
      cycleDays: 30,
      plans: [
        { id: "A", monthly: 9, included: 100 },
        { id: "B", monthly: 5, included: 300 },
      ],
      commPlans: [
        { id: "both", plans: ["A", "B"] },
        { id: "none", plans: [] },
      ],
      sims: { usage: [120, 200, 999, 1], commPlan: [0, 0, 0, 1] },
    }
    expect(baseAssignment(problem)).toEqual([0, 1, 1, -1])
  })
})

describe("sequences()", () => {
  test("is priced exactly and never cheaper than the certified answer", () => {
    for (let seed = 1; seed <= 6; seed++) {
      const problem = makeProblem({ seed, sims: 150, plans: 4, commPlans: seed % 2 ? 3 : 0 })
      const old = sequences(problem)
      expect(old.cost).toBe(price(problem, old.assignment!).total)
      const result = solveSync(problem, { workUnits: 20 })
      expect(old.cost! >= BigInt(result.lowerBound!)).toBe(true)
      expect(BigInt(result.cost!) <= old.cost!).toBe(true)
    }
  })

  test("keeps to its limits", () => {
    const problem = makeProblem({ seed: 1, sims: 20, plans: 6 })
    expect(sequences(problem, { batchSize: 10 }).groups[0]).toMatchObject({ tried: 10, sequences: 720 })
    expect(sequences(problem, { planLimit: 5 })).toMatchObject({ assignment: null, groups: [{ isRefused: true }] })
  })
})

describe("whatIf()", () => {
  const problem = makeProblem({ seed: 5, sims: 200, plans: 4, commPlans: 3 })
  const start = solveSync(problem, { workUnits: 20 })
  if (start.status === "infeasible") throw new Error("feasible")

  test("a cheaper plan saves, a dearer one costs at most the difference", () => {
    const cheaper = whatIfSync(problem, { plans: { P0: { monthly: 100_000 } } }, { start, workUnits: 20 })
    expect(cheaper.saving!).toBeGreaterThan(0n)
    const nothing = whatIfSync(problem, {}, { start, workUnits: 20 })
    expect(nothing.saving!).toBeGreaterThanOrEqual(0n)
  })

  test("plans are added and closed", () => {
    const plan = { id: "free", monthly: 0, included: 99_999_999 }
    const added = whatIfSync(problem, { addPlans: [plan] }, { start, workUnits: 20 })
    expect(added.result.cost).toBe("0")
    const closed = whatIfSync(problem, { closePlans: ["P0"] }, { start, workUnits: 20 })
    if (closed.result.status !== "infeasible") expect(closed.result.assignment).not.toContain(0)
  })

  test("gives way where there is something to give way to, and answers the same", async () => {
    const change = { plans: { P0: { monthly: 100_000 } } }
    let turns = 0
    const giveWay = async () => void turns++
    const given = await whatIf(problem, change, { start, workUnits: 20, yield: giveWay })
    expect(given).toEqual(whatIfSync(problem, change, { start, workUnits: 20 }))
    expect(turns).toBeGreaterThan(0)
  })

  test("starts from prices and limits that fell away since", () => {
    const limited = { ...problem, plans: problem.plans.map((plan) => ({ ...plan, maxSims: 120 })) }
    const earlier = solveSync(limited, { workUnits: 20 })
    if (earlier.status === "infeasible") throw new Error("feasible")
    const pools = Object.fromEntries(problem.pools!.map(({ id }) => [id, { overageCost: 1 }]))
    const plans = Object.fromEntries(problem.plans.map(({ id }) => [id, { maxSims: null }]))
    const cheap = whatIfSync(limited, { plans, pools }, { start: earlier, workUnits: 20 })
    expect(verify(cheap.problem, cheap.result).errors).toEqual([])
    expect(cheap.saving!).toBeGreaterThan(0n)
  })

  test("opens plans to some, and refuses that where nobody is told apart", () => {
    const plan = { id: "free", monthly: 0, included: 99_999_999, commPlans: [problem.commPlans![0]!.id] }
    const { assignment } = whatIfSync(problem, { addPlans: [plan] }, { start, workUnits: 20 }).result
    const isMoved = Array.from(problem.sims.commPlan!, (comm, sim) => (comm === 0) === (assignment[sim] === 4))
    expect(isMoved).not.toContain(false)
    const { commPlans, ...free } = problem
    const { commPlan, ...sims } = problem.sims
    expect(() => whatIfSync({ ...free, sims }, { addPlans: [plan] }, { start })).toThrow("change.addPlans")
    const closed = whatIfSync({ ...free, sims }, { closePlans: ["P0", "P1", "P2"] }, { start, workUnits: 1 })
    expect(new Set(closed.result.assignment)).toEqual(new Set([3]))
  })

  test("refuses ids that do not exist", () => {
    expect(() => whatIfSync(problem, { plans: { nope: {} } }, { start })).toThrow("change.plans must")
    expect(() => whatIfSync(problem, { closePlans: ["nope"] }, { start })).toThrow('"nope"')
  })
})
