import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { enqueueJob } from "../../src/jobs/mod.ts"
import { getOptimizationSession, PREPARE_OPTIMIZATION, SOLVE_OPTIMIZATION } from "../../src/optimization/mod.ts"
import type { Store } from "../../src/store/mod.ts"
import { type FaultPoint, faultPlan, faultyStore } from "../../src/testing/mod.ts"
import { openWorld, randomFleet } from "./priced-fleets.ts"
import { TENANT } from "./world.ts"

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

  it("ends with the same rows, wherever it was interrupted", { timeout: 240_000 }, async () => {
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
