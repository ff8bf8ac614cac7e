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
  optimizationSessionStatements,
  startOptimizationSession,
} from "../../src/optimization/mod.ts"
import type { Store } from "../../src/store/mod.ts"
import { faultPlan, faultyStore } from "../../src/testing/mod.ts"
import { cheapestByForce, currentCost, openWorld, SHARED_POOL } from "./priced-fleets.ts"
import { MB, TENANT } from "./world.ts"

describe("an optimization session", () => {
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
