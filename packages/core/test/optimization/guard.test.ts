import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import {
  cancelOptimizationSession,
  deleteOptimizationSession,
  eachMove,
  getOptimizationSession,
  listOptimizationSessions,
  type OptimizationStatus,
  startOptimizationSession,
} from "../../src/optimization/mod.ts"
import { advanceSession } from "../../src/optimization/session/statements.ts"
import { TRANSITIONS } from "../../src/optimization/session/transitions.ts"
import { faultPlan, faultyStore } from "../../src/testing/mod.ts"
import { MB, openTestWorld, TENANT, type TestFleet } from "./world.ts"

const FLEET: TestFleet = {
  plans: [
    { name: "Small", monthly: 1_000_000, includedBytes: 5 * MB },
    { name: "Large", monthly: 4_000_000, includedBytes: 50 * MB },
  ],
  permitted: { Cars: ["Small", "Large"] },
  devices: [1, 2, 40].map((mb) => ({ id: `d${mb}`, ratePlan: "Large", communicationPlan: "Cars", bytes: mb * MB })),
}
const STATES = Object.keys(TRANSITIONS) as OptimizationStatus[]

describe("states of a session", () => {
  it.each(STATES.flatMap((from) => STATES.map((to) => [from, to] as const)))("%s to %s", async (from, to) => {
    const { core, request } = await openTestWorld(FLEET)
    const id = await startOptimizationSession(core, request)
    await core.store.unit({ name: "test.state" }, [sql`UPDATE optimization_session SET status = ${from}`])
    await core.store.unit({ name: "test.move" }, [advanceSession({ tenantId: TENANT, id }, to)])
    // The documented order, and an end with errors from everywhere but the ends.
    const order = ["NotStarted", "CommGroupSetup", "RunningPermutations", "CleaningUp", "CompleteWithSuccess"]
    const isNext = order.indexOf(to) === order.indexOf(from) + 1 && order.includes(from) && order.includes(to)
    const mayMove = isNext || (to === "CompleteWithErrors" && !from.startsWith("Complete"))
    expect((await getOptimizationSession(core, TENANT, id)).status).toBe(mayMove ? to : from)
  })
})

describe("the last day of a period", () => {
  // The period ends on the 18th at 0:00 in Auckland, which is 11:00 UTC of the 17th.
  const lastDay = { timeZone: "Pacific/Auckland", now: Date.UTC(2026, 1, 17, 0) }

  it("lets a session take the place of the one that is complete, in one unit", async () => {
    const world = await openTestWorld(FLEET, lastDay)
    const first = await world.optimize()
    const second = await world.optimize()
    expect(await getOptimizationSession(world.core, TENANT, first.id)).toMatchObject({ supersededBy: second.id })
    expect(second.supersededBy).toBeNull()
    await expect(eachMove(world.core, { tenantId: TENANT, sessionId: first.id }).next()).rejects.toMatchObject({
      code: "input.invalid",
    })
    expect((await eachMove(world.core, { tenantId: TENANT, sessionId: second.id }).next()).value).toHaveLength(2)
  })

  it("leaves the session that runs in its place: the re-run is refused, and nothing is superseded", async () => {
    const world = await openTestWorld(FLEET, lastDay)
    const first = await world.optimize()
    await startOptimizationSession(world.core, world.request)
    await expect(startOptimizationSession(world.core, world.request)).rejects.toMatchObject({
      code: "optimization.already_running",
    })
    const { supersededBy } = await getOptimizationSession(world.core, TENANT, first.id)
    expect(supersededBy).not.toBeNull()
  })

  it("is a day of the billing time zone: a few hours earlier nothing is superseded", async () => {
    // 10:59 UTC of the 16th is still the 16th in Auckland; the last day there is the 17th.
    const world = await openTestWorld(FLEET, { ...lastDay, now: Date.UTC(2026, 1, 16, 10, 59) })
    const first = await world.optimize()
    await world.optimize()
    expect((await getOptimizationSession(world.core, TENANT, first.id)).supersededBy).toBeNull()
  })
})

describe("cancelOptimizationSession()", () => {
  it("ends a session at whichever unit, for good, and frees the tenant", { timeout: 60_000 }, async () => {
    const clean = faultPlan()
    await (await openTestWorld(FLEET, { wrap: (store) => faultyStore(store, clean) })).optimize()
    const points = [...clean.points.keys()].filter(
      (point) => point.startsWith("after:optimization.") && !/start-session|raise-progress/.test(point),
    )
    expect(points.length).toBeGreaterThanOrEqual(4)
    for (const at of points) {
      let id = ""
      const opened: Awaited<ReturnType<typeof openTestWorld>>[] = []
      const plan = faultPlan({
        onPoint: async (point, occurrence) => {
          if (point !== at || occurrence > 1) return
          await cancelOptimizationSession(opened[0]!.quiet, { tenantId: TENANT, id })
        },
      })
      const world = await openTestWorld(FLEET, { wrap: (store) => faultyStore(store, plan) })
      opened.push(world)
      id = await startOptimizationSession(world.core, world.request)
      await world.drain()
      const session = await getOptimizationSession(world.core, TENANT, id)
      expect([at, session.status, session.errorCode]).toEqual([at, "CompleteWithErrors", "optimization.cancelled"])
      expect(await world.core.store.rows(sql`SELECT 1 FROM job WHERE state <> 'done'`)).toEqual([])
      expect(world.events.filter(({ type }) => type === "optimization.completed")).toMatchObject([
        { errorCode: "optimization.cancelled" },
      ])
      expect(await world.optimize()).toMatchObject({ status: "CompleteWithSuccess" })
    }
  })

  it("refuses a session that is complete, and one of another tenant", async () => {
    const { core, optimize } = await openTestWorld(FLEET)
    const { id } = await optimize()
    await expect(cancelOptimizationSession(core, { tenantId: TENANT, id })).rejects.toMatchObject({
      code: "optimization.wrong_state",
    })
    await expect(cancelOptimizationSession(core, { tenantId: "other", id })).rejects.toMatchObject({
      code: "input.not_found",
    })
  })
})

describe("deleteOptimizationSession()", () => {
  it("hides a complete session and keeps its rows; a running one is refused", async () => {
    const { core, optimize, request } = await openTestWorld(FLEET)
    const { id } = await optimize()
    await deleteOptimizationSession(core, { tenantId: TENANT, id })
    await expect(getOptimizationSession(core, TENANT, id)).rejects.toMatchObject({ code: "input.not_found" })
    expect(await listOptimizationSessions(core, { tenantId: TENANT })).toEqual([])
    expect(await core.store.rows(sql`SELECT 1 FROM optimization_result`)).toHaveLength(3)
    const running = await startOptimizationSession(core, request)
    await expect(deleteOptimizationSession(core, { tenantId: TENANT, id: running })).rejects.toMatchObject({
      code: "optimization.wrong_state",
    })
  })
})
