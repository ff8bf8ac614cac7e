import { sequences } from "@altaworx/optimizer"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { nthOrder } from "../../src/optimization/group/plan-sequences.ts"
import { enqueueJob, findJob, runDueJobs } from "../../src/jobs/mod.ts"
import { getOptimizationSession, PREPARE_OPTIMIZATION, startOptimizationSession } from "../../src/optimization/mod.ts"
import { faultPlan, faultyStore } from "../../src/testing/mod.ts"
import { MB, openTestWorld, progressOf, TENANT, type TestFleet } from "./world.ts"

/** One group of four plans, one with a single plan, one with a single SIM. */
const FLEET: TestFleet = {
  plans: [
    { name: "S", monthly: 2_000_000, includedBytes: 10 * MB, overageCost: 100_000 },
    { name: "M", monthly: 5_000_000, includedBytes: 50 * MB, overageCost: 100_000 },
    { name: "L", monthly: 9_000_000, includedBytes: 200 * MB, overageCost: 100_000 },
    { name: "XL", monthly: 20_000_000, includedBytes: 1_000 * MB, overageCost: 100_000 },
  ],
  permitted: { Cars: ["S", "M", "L", "XL"], Meters: ["S"], Single: ["S", "M"], Empty: ["L", "XL"] },
  devices: [
    ...[3, 8, 12, 40, 60, 120, 180, 350, 900].map((mb, at) => ({
      id: `car${at}`,
      ratePlan: "M",
      communicationPlan: "Cars",
      bytes: mb * MB,
    })),
    { id: "meter1", ratePlan: "S", communicationPlan: "Meters", bytes: MB },
    { id: "meter2", ratePlan: "S", communicationPlan: "Meters", bytes: 2 * MB },
    { id: "single", ratePlan: "M", communicationPlan: "Single", bytes: MB },
  ],
}

const many = (count: number): TestFleet => {
  const names = Array.from({ length: count }, (_, at) => `P${String(at).padStart(2, "0")}`)
  return {
    plans: names.map((name, at) => ({ name, monthly: (at + 1) * 500_000, includedBytes: (at + 1) * 10 * MB })),
    permitted: { All: names },
    devices: [5, 25, 140, 60].map((mb, at) => ({
      id: `d${at}`,
      ratePlan: names[0]!,
      communicationPlan: "All",
      bytes: mb * MB,
    })),
  }
}

interface QueueItem {
  readonly group: number
  readonly position: number
  readonly sequence: string
  readonly status: string
  readonly cost: string | null
  readonly created_by: string
}
const QUEUE_ITEMS = sql`SELECT "group", position, sequence, status, cost, created_by, created_at, finished_at
  FROM optimization_queue_item ORDER BY "group", position`

describe("candidates of a session", { timeout: 30_000 }, () => {
  it("stores every order of a group's plans before running, and which of each message was cheapest", async () => {
    const { core, optimize } = await openTestWorld(FLEET)
    const session = await optimize({ requestedBy: "Ada" })
    const items = await core.store.rows<QueueItem>(QUEUE_ITEMS)
    // 4! orders of the one group that has anything to permute.
    expect(items).toHaveLength(24)
    expect(new Set(items.map(({ sequence }) => sequence)).size).toBe(24)
    expect(items.every(({ status, created_by }) => status === "CompleteWithSuccess" && created_by === "Ada")).toBe(true)
    expect(items[0]?.sequence).toBe('["S","M","L","XL"]')
    // Five to a message: each message leaves one cost, that of its best.
    expect(items.filter(({ cost }) => cost !== null).length).toBe(5)
    expect(session.groups.map(({ directReason, sequenceCount }) => [directReason, sequenceCount])).toEqual([
      [null, 24],
      ["single_rate_plan", 0],
      ["single_sim", 0],
    ])
  })

  it("stores the usage from which the next plan is cheaper", async () => {
    const { optimize } = await openTestWorld({
      ...FLEET,
      plans: [
        // The documented break-evens: 500 MB, and 1000 MB.
        { name: "A", monthly: 5_000_000, includedBytes: 250 * MB, overageCost: 20_000 },
        {
          name: "B",
          monthly: 10_000_000,
          includedBytes: 500 * MB,
          overageCost: 1_000_000,
          overageBlockBytes: 100 * MB,
        },
        { name: "C", monthly: 15_000_000, includedBytes: 5_000 * MB },
      ],
      permitted: { Cars: ["C", "A", "B"] },
      devices: ["1", "2"].map((id) => ({ id, ratePlan: "A", communicationPlan: "Cars", bytes: MB })),
    })
    expect((await optimize()).groups[0]?.ratePlans).toEqual([
      { ratePlan: "A", maxAvgUsage: 500 * 1024 },
      { ratePlan: "B", maxAvgUsage: 1_000 * 1024 },
      { ratePlan: "C", maxAvgUsage: null },
    ])
  })

  it("prices each candidate as the bill would, and none is cheaper than the winner", async () => {
    const { optimize } = await openTestWorld(FLEET)
    const session = await optimize()
    const price = (usage: number, plan: number) => {
      const [monthly, included] = [
        [2, 10],
        [5, 50],
        [9, 200],
        [20, 1_000],
      ][plan] as [number, number]
      return Math.round((monthly + Math.max(0, usage - included) * 0.1) * 1e6)
    }
    const cars = [3, 8, 12, 40, 60, 120, 180, 350, 900]
    const total = (plans: readonly number[]) =>
      String(cars.reduce((sum, mb, at) => sum + price(mb, plans[at]!), 0) + 4_000_000 + price(1, plans.at(-1)!))
    expect(session.currentCost).toBe(total([...cars.map(() => 1), 1]))
    // Nearest allowance: 12 -> 10, 40 and 60 -> 50, 120 -> 50 (70 away, 200 is 80 away), 350 -> 200, 900 -> 1000.
    expect(session.baseCost).toBe(total([0, 0, 0, 1, 1, 1, 2, 2, 3, 0]))
    const best = cars.map((mb) => [0, 1, 2, 3].reduce((a, b) => (price(mb, b) < price(mb, a) ? b : a)))
    expect([session.perSimCheapestCost, session.cost]).toEqual([total([...best, 0]), total([...best, 0])])
    expect(BigInt(session.sequencesCost ?? 0)).toBeGreaterThanOrEqual(BigInt(session.cost ?? 0))
  })

  it("finds in messages of five what the strategy finds in one go", async () => {
    const { optimize } = await openTestWorld(FLEET)
    const session = await optimize()
    const sims = FLEET.devices.filter(({ communicationPlan }) => communicationPlan === "Cars")
    const whole = sequences({
      version: 1,
      cycleDays: 31,
      plans: FLEET.plans.map(({ name, monthly, includedBytes, overageCost }) => ({
        id: name,
        monthly: monthly!,
        included: includedBytes! / 1024,
        overageCost: overageCost!,
        overageBlock: 1024,
      })),
      sims: { usage: sims.map(({ bytes }) => bytes / 1024) },
    })
    expect(session.groups[0]?.bestSequence).toEqual(whole.groups[0]?.sequence)
    // Two meters on S at 2.00; the lone SIM stays on M at 5.00: neither has sequences.
    expect(session.sequencesCost).toBe(String(whole.cost! + 4_000_000n + 5_000_000n))
  })

  it("leaves a group with more than 15 plans out of the strategy, tells of it, and goes on", async () => {
    const { optimize, events } = await openTestWorld(many(16))
    const session = await optimize()
    expect(session).toMatchObject({ status: "CompleteWithSuccess", groups: [{ directReason: "rate_plan_limit" }] })
    // The strategy leaves them where they are; the winner does not.
    expect(session.sequencesCost).toBe(session.currentCost)
    expect(BigInt(session.cost!)).toBeLessThan(BigInt(session.currentCost!))
    const alerts = events.filter(({ type }) => type === "optimization.planLimit")
    expect(alerts).toMatchObject([{ ratePlanCount: 16, limit: 15, communicationPlans: ["All"], sessionId: session.id }])
  })

  it("permutes 15 plans, in as many sequences as are asked for", async () => {
    const settings = { sequenceBatchSize: 7, queueItemsPerMessage: 2 }
    const { core, optimize } = await openTestWorld(many(15), { optimization: { settings } })
    expect((await optimize()).groups).toMatchObject([{ directReason: null, sequenceCount: 7 }])
    const jobs = await core.store.rows(
      sql`SELECT id FROM job WHERE type = 'optimization.run-sequences' AND state = 'done'`,
    )
    expect(jobs).toHaveLength(4)
  })

  it("fails the unit that stores the queue items when one of them is not there", async () => {
    const world = await openTestWorld(FLEET)
    await world.plain.unit({ name: "test.trigger" }, [
      sql.raw(`CREATE TRIGGER lose_one BEFORE INSERT ON optimization_queue_item WHEN NEW.position = 13
        BEGIN SELECT RAISE(IGNORE); END`),
    ])
    const session = await world.optimize()
    expect(session).toMatchObject({ status: "CompleteWithErrors", errorCode: "store.outdated", groups: [] })
    expect(await world.core.store.rows(QUEUE_ITEMS)).toEqual([])
  })

  it("tells how far it is: never backwards, never twice, to 100", async () => {
    const { optimize, events } = await openTestWorld(FLEET)
    await optimize()
    const seen = progressOf(events)
    expect(seen.slice(0, 4)).toEqual([0, 30, 40, 50])
    expect(seen.at(-1)).toBe(100)
    expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b))
    expect(seen.length).toBeGreaterThan(5)
    expect(events.filter(({ type }) => type === "optimization.completed")).toMatchObject([
      { status: "CompleteWithSuccess" },
    ])
  })

  it("tells of fewer priced SIMs than are billed", async () => {
    const { optimize, events } = await openTestWorld({
      ...FLEET,
      devices: [
        ...FLEET.devices,
        { id: "lost", ratePlan: "S", communicationPlan: "Unheard of", bytes: 1 },
        { id: "asleep", ratePlan: "S", communicationPlan: "Cars", bytes: 1, status: "inventory" },
      ],
    })
    expect(await optimize()).toMatchObject({ expectedDeviceCount: 13, deviceCount: 12 })
    expect(events.filter(({ type }) => type === "optimization.shortfall")).toMatchObject([
      { expectedCount: 13, assignedCount: 12 },
    ])
  })

  it("leaves a session that is prepared to the job that prepares it", async () => {
    let duplicated = false
    const opened: Awaited<ReturnType<typeof openTestWorld>>[] = []
    const plan = faultPlan({
      onPoint: async (point) => {
        if (point !== "after:optimization.copy-sims" || duplicated) return
        duplicated = true
        const [world] = opened
        const [session] = await world!.plain.rows<{ id: string }>(sql`SELECT id FROM optimization_session`)
        const job = await findJob(world!.quiet, TENANT, `${session!.id}.prepare`)
        const payload = JSON.parse(job!.payload) as never
        await world!.plain.unit({ name: "test.duplicate" }, [
          enqueueJob(world!.runtime, {
            type: PREPARE_OPTIMIZATION,
            tenantId: TENANT,
            payload,
            id: "again",
            priority: 1,
          }),
        ])
        await runDueJobs({ ...world!.core, store: world!.plain }, { maxJobs: 1 })
      },
    })
    const world = await openTestWorld(FLEET, { wrap: (store) => faultyStore(store, plan) })
    opened.push(world)
    const id = await startOptimizationSession(world.core, world.request)
    await world.drain()
    expect(duplicated).toBe(true)
    const session = await getOptimizationSession(world.core, TENANT, id)
    expect(session).toMatchObject({ status: "CompleteWithSuccess", deviceCount: 12 })
    expect(await world.results(id)).toHaveLength(12)
  })
})

describe("nthOrder()", () => {
  it("counts all orders, each once, as the optimizer does", () => {
    const items = ["a", "b", "c", "d"]
    const orders = Array.from({ length: 24 }, (_, number) => nthOrder(items, number).join(""))
    expect(orders).toEqual(orders.toSorted())
    expect(new Set(orders).size).toBe(24)
    expect(
      nthOrder(
        Array.from({ length: 15 }, (_, at) => at),
        1_307_674_367_999,
      ),
    ).toEqual(Array.from({ length: 15 }, (_, at) => 14 - at))
  })
})
