import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { enqueueJob, listDeadJobs } from "../../src/jobs/mod.ts"
import {
  collectOptimizationReport,
  eachMove,
  findLatestOptimizationSession,
  getOptimizationSession,
  listOptimizationResults,
  listOptimizationSessions,
  type OptimizationResult,
  optimizationCsv,
  optimizationSessionStatements,
  PREPARE_OPTIMIZATION,
  SOLVE_OPTIMIZATION,
  startOptimizationSession,
} from "../../src/optimization/mod.ts"
import type { ListedRatePlan } from "../../src/ports/mod.ts"
import type { Store } from "../../src/store/mod.ts"
import { type FaultPoint, faultPlan, faultyStore, seededRandom } from "../../src/testing/mod.ts"
import { MB, openTestWorld, TENANT, type TestDevice, type TestFleet, testPlan } from "./world.ts"

/** One provider with a fleet, and nobody who listens; results come in small pages. */
async function openWorld(fleet: TestFleet, wrap: (store: Store) => Store = (store) => store) {
  const world = await openTestWorld(fleet, { wrap, listens: false })
  const results = async (sessionId: string, movesOnly = false) => {
    const rows: OptimizationResult[] = []
    let after: string | null = null
    do {
      const page: Awaited<ReturnType<typeof listOptimizationResults>> = await listOptimizationResults(world.core, {
        tenantId: TENANT,
        sessionId,
        limit: 3,
        movesOnly,
        ...(after !== null && { after }),
      })
      rows.push(...page.results)
      after = page.next
    } while (after !== null)
    return rows
  }
  return { ...world, results }
}

/** What a fleet costs by the words of the format, without any code of the product: plain BigInt, one SIM at a time. */
function independentCost(fleet: TestFleet, assignment: readonly string[]): bigint {
  const plans = new Map(fleet.plans.map((row) => [row.name, testPlan(row)]))
  const pools = new Map<string, { net: bigint; terms: ListedRatePlan }>()
  let cost = 0n
  const kb = (bytes: number | null) => BigInt(Math.floor((bytes ?? 0) / 1024))
  const overage = (net: bigint, { overageCost, overageBlockBytes, overageRounding }: ListedRatePlan) => {
    const block = kb(overageBlockBytes)
    if (net <= 0n) return 0n
    return overageRounding === "block"
      ? ((net + block - 1n) / block) * BigInt(overageCost ?? 0)
      : (2n * net * BigInt(overageCost ?? 0) + block) / (2n * block)
  }
  fleet.devices.forEach(({ bytes }, at) => {
    const terms = plans.get(assignment[at] ?? "") as ListedRatePlan
    const net = BigInt(Math.ceil(bytes / 1024)) - kb(terms.includedBytes)
    cost += BigInt(terms.monthly ?? 0)
    if (terms.pool === null) cost += overage(net, terms)
    else pools.set(terms.pool, { net: (pools.get(terms.pool)?.net ?? 0n) + net, terms })
  })
  for (const { net, terms } of pools.values()) cost += overage(net, terms)
  return cost
}

function cheapestByForce(
  fleet: TestFleet,
  permitted = (device: TestDevice) => fleet.permitted[device.communicationPlan ?? ""] ?? [],
) {
  let best: bigint | undefined
  const walk = (assignment: readonly string[]) => {
    const device = fleet.devices[assignment.length]
    if (device === undefined) {
      const cost = independentCost(fleet, assignment)
      if (best === undefined || cost < best) best = cost
      return
    }
    for (const name of permitted(device)) walk([...assignment, name])
  }
  walk([])
  return best as bigint
}

const currentCost = (fleet: TestFleet) =>
  independentCost(
    fleet,
    fleet.devices.map(({ ratePlan }) => ratePlan ?? ""),
  )

/** Two communication plans that permit different plans of one pool: what one leaves over, the other can use. */
const SHARED_POOL: TestFleet = {
  plans: [
    { name: "Pool S", monthly: 1_000_000, includedBytes: 10 * MB, pool: "P", overageCost: 150_000 },
    { name: "Pool M", monthly: 2_500_000, includedBytes: 30 * MB, pool: "P", overageCost: 150_000 },
    { name: "Pool L", monthly: 4_100_000, includedBytes: 60 * MB, pool: "P", overageCost: 150_000 },
  ],
  permitted: { Cars: ["Pool S", "Pool M"], Meters: ["Pool L", "Pool S"] },
  devices: [
    { id: "1", ratePlan: "Pool M", communicationPlan: "Cars", bytes: 44 * MB },
    { id: "2", ratePlan: "Pool M", communicationPlan: "Cars", bytes: 3 * MB },
    { id: "3", ratePlan: "Pool L", communicationPlan: "Meters", bytes: 1 * MB },
    { id: "4", ratePlan: "Pool L", communicationPlan: "Meters", bytes: 12 * MB },
  ],
}

function randomFleet(seed: number): TestFleet {
  const random = seededRandom(seed)
  const pick = (most: number) => Math.floor(random() * most)
  const plans = Array.from({ length: 4 }, (_, at) => ({
    name: `Plan ${at}`,
    monthly: (1 + pick(9)) * 500_000,
    includedBytes: (1 + pick(30)) * MB,
    pool: at < 2 ? "P" : null,
    overageCost: at < 2 ? 400_000 : (1 + pick(8)) * 100_000,
    overageRounding: at === 3 ? ("block" as const) : ("exact" as const),
  }))
  const names = plans.map(({ name }) => name)
  const permitted = { A: names.slice(0, 3), B: [names[3]!, names[1]!], C: [names[2]!, names[3]!] }
  const devices = Array.from({ length: 6 }, (_, at) => {
    const communicationPlan = ["A", "B", "C"][pick(3)] as "A" | "B" | "C"
    const from = permitted[communicationPlan]
    return { id: `d${at}`, communicationPlan, ratePlan: from[pick(from.length)] as string, bytes: pick(60 * MB) }
  })
  return { plans, permitted, devices }
}

describe("an optimization session", () => {
  it.each(Array.from({ length: 25 }, (_, seed) => seed))(
    "finds the optimum that trying everything finds (fleet %i)",
    async (seed) => {
      const fleet = randomFleet(seed)
      const { optimize, results } = await openWorld(fleet)
      const session = await optimize()
      const best = cheapestByForce(fleet)
      expect(session.status).toBe("CompleteWithSuccess")
      expect([session.currentCost, session.cost]).toEqual([String(currentCost(fleet)), String(best)])
      expect(BigInt(session.lowerBound ?? 0)).toBeLessThanOrEqual(best)
      const rows = await results(session.id)
      const byDevice = new Map(rows.map((row) => [row.carrierDeviceId, row.toRatePlan]))
      expect(
        independentCost(
          fleet,
          fleet.devices.map(({ id }) => byDevice.get(id) as string),
        ),
      ).toBe(best)
      expect(rows.reduce((sum, row) => sum + BigInt(row.saving), 0n)).toBe(currentCost(fleet) - best)
    },
  )

  it("solves groups that share a pool together: apart they cost more", async () => {
    const { optimize } = await openWorld(SHARED_POOL)
    const session = await optimize()
    const apart = Object.keys(SHARED_POOL.permitted)
      .map((name) => ({ ...SHARED_POOL, devices: SHARED_POOL.devices.filter((d) => d.communicationPlan === name) }))
      .reduce((sum, fleet) => sum + cheapestByForce(fleet), 0n)
    expect([session.groupCount, session.problemCount]).toEqual([2, 1])
    expect(session.cost).toBe(String(cheapestByForce(SHARED_POOL)))
    expect(BigInt(session.cost ?? 0)).toBeLessThan(apart)
  })

  it("groups communication plans whatever the order they list their plans in", async () => {
    const fleet = {
      ...SHARED_POOL,
      permitted: { Cars: ["Pool S", "Pool M"], Meters: ["Pool M", "Pool S"] },
      devices: SHARED_POOL.devices.map((device) => ({ ...device, ratePlan: "Pool M" })),
    }
    const { optimize } = await openWorld(fleet)
    const session = await optimize()
    expect(session.groupCount).toBe(1)
    expect(session.problems[0]?.definition.groups).toEqual([
      { communicationPlans: ["Cars", "Meters"], ratePlans: ["Pool M", "Pool S"] },
    ])
  })

  it("leaves out what it cannot price or may not move, each with its reason, and drops only the plan that is wrong", async () => {
    const { optimize, results } = await openWorld({
      plans: [
        { name: "A", monthly: 3_000_000, includedBytes: 50 * MB },
        { name: "B", monthly: 1_000_000, includedBytes: 5 * MB },
        { name: "No price", monthly: null },
        { name: "Bad overage", overageBlockBytes: 0 },
      ],
      permitted: { Open: ["A", "B", "Bad overage"], Empty: [], Unpriced: ["No price"] },
      devices: [
        { id: "moves", ratePlan: "A", communicationPlan: "Open", bytes: MB },
        { id: "asleep", ratePlan: "A", communicationPlan: "Open", bytes: 0, status: "inventory" },
        { id: "nowhere", ratePlan: "A", communicationPlan: null, bytes: 0 },
        { id: "empty", ratePlan: "A", communicationPlan: "Empty", bytes: 0 },
        { id: "unpriced", ratePlan: "A", communicationPlan: "Unpriced", bytes: 0 },
        { id: "on unpriced", ratePlan: "No price", communicationPlan: "Open", bytes: 0 },
        { id: "on bad", ratePlan: "Bad overage", communicationPlan: "Open", bytes: 0 },
        { id: "on nothing", ratePlan: null, communicationPlan: "Open", bytes: 0 },
      ],
    })
    const session = await optimize()
    expect(session).toMatchObject({ status: "CompleteWithSuccess", deviceCount: 1, excludedCount: 7, moveCount: 1 })
    expect(session.exclusions.map(({ reason, deviceCount }) => [reason, deviceCount]).toSorted()).toEqual([
      ["no_communication_plan", 1],
      ["no_permitted_rate_plans", 1],
      ["no_rate_plan", 1],
      ["not_billable", 1],
      ["permitted_rate_plans_unpriced", 1],
      ["rate_plan_unpriced", 1],
      ["rate_plan_unpriced", 1],
    ])
    expect(session.droppedRatePlans).toEqual([
      { ratePlan: "Bad overage", reason: "overage_invalid" },
      { ratePlan: "No price", reason: "price_unknown" },
    ])
    expect((await results(session.id)).map(({ carrierDeviceId }) => carrierDeviceId)).toEqual(["moves"])
  })

  it("bills a pool with the SIMs in it that may not move", async () => {
    const stays = { id: "5", ratePlan: "Pool S", communicationPlan: "Closed", bytes: 100 * MB }
    const fleet = { ...SHARED_POOL, devices: [...SHARED_POOL.devices, stays] }
    const { optimize, results } = await openWorld(fleet)
    const session = await optimize()
    const best = cheapestByForce(fleet, (device) =>
      device.id === "5" ? ["Pool S"] : (fleet.permitted[device.communicationPlan as "Cars" | "Meters"] ?? []),
    )
    expect([session.currentCost, session.cost]).toEqual([String(currentCost(fleet)), String(best)])
    expect(session.exclusions).toMatchObject([{ reason: "no_permitted_rate_plans", deviceCount: 1, isPriced: true }])
    const row = (await results(session.id)).find(({ carrierDeviceId }) => carrierDeviceId === "5")
    expect(row).toMatchObject({ fromRatePlan: "Pool S", toRatePlan: "Pool S" })
  })

  it("moves a SIM off a plan that is not permitted, even where that costs more, and says so", async () => {
    const { optimize, results } = await openWorld({
      plans: [
        { name: "Cheap", monthly: 1_000_000 },
        { name: "Dear", monthly: 2_000_000 },
      ],
      permitted: { Open: ["Dear"] },
      devices: [{ id: "1", ratePlan: "Cheap", communicationPlan: "Open", bytes: 0 }],
    })
    const session = await optimize()
    expect(session).toMatchObject({ saving: "-1000000", moveCount: 1 })
    expect((await results(session.id))[0]?.reason).toContain("Cheap is not permitted by its communication plan")
  })

  it("moves nothing where nothing is cheaper", async () => {
    const { core, optimize } = await openWorld({
      plans: [{ name: "A" }, { name: "B" }],
      permitted: { Open: ["A", "B"] },
      devices: [
        { id: "1", ratePlan: "A", communicationPlan: "Open", bytes: MB },
        { id: "2", ratePlan: "B", communicationPlan: "Open", bytes: MB },
      ],
    })
    const session = await optimize()
    expect(session).toMatchObject({ moveCount: 0, saving: "0", gap: 0 })
    expect(session.problems[0]?.winner).toBe("current")
    const moves = await Array.fromAsync(eachMove(core, { tenantId: TENANT, sessionId: session.id }))
    expect(moves).toEqual([])
  })

  it("goes through the documented states, each once, in their order", async () => {
    const seen: string[] = []
    const { optimize } = await openWorld(SHARED_POOL, (store) => {
      const look = async () => {
        const [session] = await store.rows<{ status: string }>(sql`SELECT status FROM optimization_session`)
        if (session && session.status !== seen.at(-1)) seen.push(session.status)
      }
      return faultyStore(store, faultPlan({ onPoint: look }))
    })
    await optimize()
    expect(seen).toEqual(["NotStarted", "CommGroupSetup", "RunningPermutations", "CleaningUp", "CompleteWithSuccess"])
  })

  it("keeps the fleet it loaded: a device that changes later does not change the answer", async () => {
    const change = sql`UPDATE device SET carrier_rate_plan = 'Pool S', communication_plan = 'Meters'`
    let changed = false
    let plain: Store | undefined
    const plan = faultPlan({
      onPoint: async (point) => {
        if (point !== "before:optimization.store-results" || changed) return
        changed = true
        await plain?.unit({ name: "test.change" }, [change])
        throw new TypeError("killed")
      },
    })
    const { optimize } = await openWorld(SHARED_POOL, (store) => faultyStore((plain = store), plan))
    const session = await optimize()
    expect([changed, session.currentCost, session.cost]).toEqual([
      true,
      String(currentCost(SHARED_POOL)),
      String(cheapestByForce(SHARED_POOL)),
    ])
  })

  it("starts the copy of the fleet over when it was interrupted, so that no device of the first attempt stays", async () => {
    let plain: Store | undefined
    const plan = faultPlan({
      onPoint: async (point, occurrence) => {
        if (point !== "after:optimization.copy-sims" || occurrence > 1) return
        await plain?.unit({ name: "test.gone" }, [sql`UPDATE device SET missing_since = 1 WHERE id = '1'`])
        throw new TypeError("killed")
      },
    })
    const { optimize, results } = await openWorld(SHARED_POOL, (store) => faultyStore((plain = store), plan))
    const session = await optimize()
    expect(session).toMatchObject({ status: "CompleteWithSuccess", deviceCount: 3 })
    expect((await results(session.id)).map(({ carrierDeviceId }) => carrierDeviceId).toSorted()).toEqual([
      "2",
      "3",
      "4",
    ])
  })

  it("does not end well where its rows do not add up to its totals", async () => {
    let plain: Store | undefined
    const plan = faultPlan({
      onPoint: async (point) => {
        if (point !== "before:optimization.begin-cleaning-up") return
        await plain?.unit({ name: "test.corrupt" }, [
          sql`UPDATE optimization_result SET charge_after = charge_after + 1 WHERE carrier_device_id = '1'`,
        ])
      },
    })
    const { optimize } = await openWorld(SHARED_POOL, (store) => faultyStore((plain = store), plan))
    expect(await optimize()).toMatchObject({ status: "CompleteWithErrors", cost: null })
  })

  it("adds up fleets of more than one window, page and unit", { timeout: 30_000 }, async () => {
    const devices = Array.from({ length: 5_100 }, (_, at) => ({
      id: String(at).padStart(5, "0"),
      ratePlan: "Large",
      communicationPlan: "Open",
      bytes: (at % 7) * MB,
    }))
    const { core, optimize } = await openWorld({
      plans: [
        { name: "Large", monthly: 3_000_000, includedBytes: 6 * MB },
        { name: "Small", monthly: 1_000_000, includedBytes: 2 * MB },
      ],
      permitted: { Open: ["Large", "Small"] },
      devices,
    })
    const session = await optimize()
    // Up to 3 MB the small plan costs less; at 4 MB both cost 3.00, and a SIM stays.
    const moves = devices.filter(({ bytes }) => bytes <= 3 * MB).length
    expect(session).toMatchObject({ status: "CompleteWithSuccess", deviceCount: 5_100, moveCount: moves })
    const report = await collectOptimizationReport(core, { tenantId: TENANT, sessionId: session.id })
    expect(report.flows).toMatchObject([{ fromRatePlan: "Large", toRatePlan: "Small", deviceCount: moves }])
    const pages = await Array.fromAsync(eachMove(core, { tenantId: TENANT, sessionId: session.id, limit: 1_000 }))
    expect(new Set(pages.flat().map(({ carrierDeviceId }) => carrierDeviceId)).size).toBe(moves)
    expect(String(pages.flat().reduce((sum, { saving }) => sum + BigInt(saving), 0n))).toBe(session.saving)
  })

  it("shows no tenant another one's session", async () => {
    const { core, optimize } = await openWorld(SHARED_POOL)
    const { id } = await optimize()
    await expect(getOptimizationSession(core, "other", id)).rejects.toMatchObject({ code: "input.not_found" })
    await expect(listOptimizationResults(core, { tenantId: "other", sessionId: id })).rejects.toMatchObject({
      code: "input.not_found",
    })
    expect(await findLatestOptimizationSession(core, "other")).toBeUndefined()
  })
})

describe("startOptimizationSession()", () => {
  it("refuses a second session of the tenant while one runs, by the database's word", async () => {
    const { core, request, drain } = await openWorld(SHARED_POOL)
    const starts = await Promise.allSettled([1, 2, 3].map(() => startOptimizationSession(core, request)))
    const refused = starts.filter((start) => start.status === "rejected")
    expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual([
      "optimization.already_running",
      "optimization.already_running",
    ])
    await drain()
    await startOptimizationSession(core, request)
    expect(await listOptimizationSessions(core, { tenantId: TENANT })).toHaveLength(2)
  })

  it("refuses a billing period that is not the provider's", async () => {
    const { core, request } = await openWorld(SHARED_POOL)
    for (const wrong of [{ serviceProviderId: "p2" }, { billingPeriodId: "none" }, { tenantId: "t2" }]) {
      await expect(startOptimizationSession(core, { ...request, ...wrong })).rejects.toMatchObject({
        code: "input.not_found",
      })
    }
  })

  it("starts from another room's unit; where one runs already the session ends with that reason", async () => {
    const { core, request, drain } = await openWorld(SHARED_POOL)
    const running = await startOptimizationSession(core, request)
    const { sessionId, statements, next } = optimizationSessionStatements(core, { ...request, syncRunId: "s1" })
    await core.store.unit({ name: "test.finalize" }, [
      ...statements,
      ...next.map((job) => enqueueJob(core.runtime, { ...job, priority: 1 })),
    ])
    await drain()
    expect((await getOptimizationSession(core, TENANT, running)).status).toBe("CompleteWithSuccess")
    expect(await getOptimizationSession(core, TENANT, sessionId)).toMatchObject({
      status: "CompleteWithErrors",
      errorCode: "optimization.already_running",
      syncRunId: "s1",
    })
  })
})

describe("a session that fails", () => {
  it("ends with its reason where there is nothing to optimize, and the tenant can start again", async () => {
    const { core, request, optimize } = await openWorld({ plans: [], permitted: {}, devices: [] })
    expect(await optimize()).toMatchObject({
      status: "CompleteWithErrors",
      errorCode: "optimization.nothing_to_optimize",
      errorMessage: "Cannot optimize: the provider has no devices",
    })
    await expect(startOptimizationSession(core, request)).resolves.toEqual(expect.any(String))
  })

  it("ends with its reason when a job is given up, and offers no moves", async () => {
    const lost = faultPlan({
      onPoint: (point) => {
        if (point === "before:optimization.store-results") throw new TypeError("broken")
      },
    })
    const { core, optimize } = await openWorld(SHARED_POOL, (store) => faultyStore(store, lost))
    const session = await optimize()
    expect(session).toMatchObject({ status: "CompleteWithErrors", errorCode: "unexpected", saving: null })
    expect(lost.points.get("before:optimization.store-results")).toBe(5)
    expect(await listDeadJobs(core, TENANT)).toMatchObject([{ type: "optimization.solve" }])
    await expect(eachMove(core, { tenantId: TENANT, sessionId: session.id }).next()).rejects.toMatchObject({
      code: "input.invalid",
    })
  })
})

describe("after an interruption", () => {
  const fleet = randomFleet(3)
  const rowsOf = async (store: Store) =>
    Promise.all(
      ["session", "problem", "cohort", "result"].map((table) =>
        store.rows(sql.raw(`SELECT * FROM optimization_${table} ORDER BY ${table === "session" ? "id" : "3, 4"}`)),
      ),
    )
  const withoutTimes = (tables: Awaited<ReturnType<typeof rowsOf>>) =>
    JSON.parse(
      JSON.stringify(tables, (key, value: unknown) =>
        ["started_at", "finished_at", "solve_ms", "id", "session_id", "billing_period_id", "prepared_by"].includes(key)
          ? undefined
          : value,
      ),
    ) as unknown

  it("ends with the same rows, wherever it was interrupted", { timeout: 60_000 }, async () => {
    const clean = faultPlan()
    const world = await openWorld(fleet, (store) => faultyStore(store, clean))
    await world.optimize()
    const expected = withoutTimes(await rowsOf(world.core.store))
    const points = [...clean.points].flatMap(([point, times]) =>
      point.endsWith("start-session") ? [] : Array.from({ length: times }, (_, at) => ({ point, occurrence: at + 1 })),
    )
    expect(points.length).toBeGreaterThan(20)
    for (const failAt of points) {
      const plan = faultPlan({ failAt: failAt as { point: FaultPoint; occurrence: number } })
      const broken = await openWorld(fleet, (store) => faultyStore(store, plan))
      const session = await broken.optimize()
      expect(plan.points.get(failAt.point), JSON.stringify(failAt)).toBeGreaterThanOrEqual(failAt.occurrence)
      expect([failAt, session.status]).toEqual([failAt, "CompleteWithSuccess"])
      expect(withoutTimes(await rowsOf(broken.core.store)), JSON.stringify(failAt)).toEqual(expected)
    }
  })

  it("changes nothing when its jobs are delivered again", async () => {
    const units = faultPlan()
    const { core, request, optimize, drain } = await openWorld(fleet, (store) => faultyStore(store, units))
    const { id } = await optimize()
    const before = await rowsOf(core.store)
    const stored = units.points.get("before:optimization.store-results")
    const session = await getOptimizationSession(core, TENANT, id)
    const payload = { ...request, sessionId: id, syncRunId: null, request: session.request }
    await core.store.unit({ name: "test.again" }, [
      enqueueJob(core.runtime, { type: PREPARE_OPTIMIZATION, tenantId: TENANT, payload }),
      enqueueJob(core.runtime, { type: SOLVE_OPTIMIZATION, tenantId: TENANT, payload: { ...payload, position: 0 } }),
    ])
    await drain()
    expect(await rowsOf(core.store)).toEqual(before)
    expect(units.points.get("before:optimization.store-results")).toBe(stored)
  })
})

describe("the report's rows", () => {
  it("CSV savings add up to the session's saving, digit by digit", async () => {
    const { core, optimize } = await openWorld(SHARED_POOL)
    const session = await optimize()
    const csv = (await Array.fromAsync(optimizationCsv(core, { tenantId: TENANT, sessionId: session.id }))).join("")
    const [header, ...lines] = csv.trimEnd().split("\r\n")
    expect(header).toMatch(
      /^device,communicationPlan,fromRatePlan,toRatePlan,usageBytes,smsCount,chargeBefore,chargeAfter,saving,reason,/,
    )
    expect(lines).toHaveLength(4)
    const micro = (decimal: string) => BigInt(decimal.replace(".", ""))
    const sum = lines.map((line) => micro(line.split(",")[8] as string)).reduce((a, b) => a + b)
    expect(String(sum)).toBe(session.saving)
  })

  it("CSV quotes what needs it, and gives a spreadsheet no formula", async () => {
    const { core, optimize } = await openWorld({
      plans: [{ name: 'Plan "A", small' }],
      permitted: { "=cmd()": ['Plan "A", small'] },
      devices: [{ id: "-1+1", ratePlan: 'Plan "A", small', communicationPlan: "=cmd()", bytes: 1 }],
    })
    const { id: sessionId } = await optimize()
    const csv = await Array.fromAsync(optimizationCsv(core, { tenantId: TENANT, sessionId }))
    expect(csv[1]).toContain(
      '\'-1+1,\'=cmd(),"Plan ""A"", small","Plan ""A"", small",1,0,1.000000,1.000000,0.000000,Stays: no permitted rate plan makes the fleet cheaper,',
    )
  })

  it("report: plans, flows and bins add up to the fleet", async () => {
    const fleet = randomFleet(5)
    const { core, optimize } = await openWorld(fleet)
    const session = await optimize()
    const report = await collectOptimizationReport(core, { tenantId: TENANT, sessionId: session.id })
    const sum = (values: readonly bigint[]) => values.reduce((a, b) => a + b, 0n)
    expect(sum(report.ratePlans.map(({ costBefore }) => costBefore))).toBe(currentCost(fleet))
    expect(sum(report.ratePlans.map(({ costAfter }) => costAfter))).toBe(report.cost)
    expect(report.flows.reduce((moves, { deviceCount }) => moves + deviceCount, 0)).toBe(session.moveCount)
    expect(report.usage.bins.flatMap((bin) => Object.values(bin)).reduce((a, b) => a + b)).toBe(fleet.devices.length)
    for (const { bytes } of fleet.devices) {
      const at = bytes === 0 ? 0 : report.usage.bounds.findIndex((bound) => bytes < bound) + 1
      expect(Object.keys(report.usage.bins[at] ?? {}).length).toBeGreaterThan(0)
    }
    expect(report.largestMoves.map(({ saving }) => saving)).toEqual(
      report.largestMoves.map(({ saving }) => saving).toSorted((a, b) => b - a),
    )
  })
})
