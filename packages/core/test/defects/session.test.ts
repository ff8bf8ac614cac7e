import { sql } from "drizzle-orm"
import { describe, expect } from "vitest"
import {
  changeDeviceAssignments,
  ensureCustomerRatePool,
  saveCustomer,
  saveCustomerRatePlan,
} from "../../src/inventory/mod.ts"
import {
  getOptimizationSession,
  startCustomerOptimization,
  startOptimizationSession,
} from "../../src/optimization/mod.ts"
import { MB, openTestWorld, progressOf, TENANT } from "../optimization/world.ts"
import { defect } from "./defect.ts"
import { failingSession, FLEET } from "./fleet.ts"

describe("sessions of the earlier system that we reject", () => {
  defect(
    12,
    "what one run leaves in a process does not show in the next",
    {
      ours: async () => {
        const world = await openTestWorld(FLEET)
        await world.optimize()
        const first = progressOf(world.events).length
        await world.optimize()
        const counts = world.events.flatMap((event) =>
          event.type === "optimization.progress" && event.progress === 0 ? [event.deviceCount] : [],
        )
        return { counts, later: progressOf(world.events).length - first === first }
      },
      legacy: async () => {
        let deviceCount = 0
        const run = (devices: number) => {
          const atStart = deviceCount
          deviceCount = devices
          return atStart
        }
        return { counts: [run(8), run(8)], later: true }
      },
    },
    async (runs) => expect(await runs()).toEqual({ counts: [0, 0], later: true }),
  )

  type Ending = "well" | "failed early" | "failed late"
  const progress = {
    ours: async (ending: Ending) => {
      if (ending === "failed late") return progressOf((await failingSession()).world.events)
      const world = await openTestWorld(ending === "well" ? FLEET : { ...FLEET, permitted: {} })
      await world.optimize()
      return progressOf(world.events)
    },
    // A step that fails is logged, and the caller goes on; the page that asked polls until nothing runs.
    legacy: async (ending: Ending) => {
      const told = [0, 30]
      const log: unknown[] = []
      const step = (fails: boolean) => {
        try {
          if (fails) throw new Error(ending)
        } catch (error) {
          log.push(error)
        }
      }
      step(ending === "failed early")
      told.push(40, 50)
      for (let isRunning = 2; isRunning > 0; isRunning--) told.push(40)
      step(ending === "failed late")
      told.push(50)
      return told
    },
  }
  defect(
    13,
    "progress only grows, and reaches 100 where the session has its winner",
    progress,
    async (progressAfter) => {
      const good = await progressAfter("well")
      expect(good).toEqual([...new Set(good)].toSorted((a, b) => a - b))
      expect(good.at(-1)).toBe(100)
    },
  )
  defect(13, "progress tells of no step that was not reached", progress, async (progressAfter) => {
    expect((await progressAfter("failed early")).filter((percent) => percent >= 30)).toEqual([])
  })
  defect(13, "a session that fails late is told to where it came, once", progress, async (progressAfter) => {
    const late = await progressAfter("failed late")
    expect(late).toContain(50)
    expect(late).toEqual([...new Set(late)])
    expect(late).not.toContain(100)
  })

  defect(
    15,
    "of starts at the same time one is let in, and a complete session stands in nobody's way",
    {
      ours: async () => {
        const world = await openTestWorld(FLEET)
        const at = () => startOptimizationSession(world.core, world.request)
        const started = (await Promise.allSettled([at(), at(), at()])).filter(({ status }) => status === "fulfilled")
        await world.drain()
        const later = await at().then(
          () => true,
          () => false,
        )
        return [started.length, later]
      },
      legacy: async () => {
        const sessions: { queue: string; instance: string }[] = []
        const isRunning = () =>
          sessions.some(({ queue, instance }) => queue !== "CompleteWithErrors" || instance !== "CompleteWithErrors")
        const start = async () => {
          if (isRunning()) return false
          await Promise.resolve()
          sessions.push({ queue: "NotStarted", instance: "NotStarted" })
          return true
        }
        const started = (await Promise.all([start(), start(), start()])).filter(Boolean).length
        for (const session of sessions) session.queue = session.instance = "CompleteWithSuccess"
        return [started, await start()]
      },
    },
    async (run) => expect(await run()).toEqual([1, true]),
  )

  defect(
    20,
    "too many plans, or one that is wrong, leave no SIM out",
    {
      ours: async () => {
        const { optimize, results } = await openTestWorld(FLEET)
        return (await results((await optimize()).id)).map(({ carrierDeviceId }) => carrierDeviceId)
      },
      legacy: async () => {
        const bad = new Set(["Broken"])
        return FLEET.devices
          .filter(({ communicationPlan }) => {
            const plans = FLEET.permitted[communicationPlan ?? ""] ?? []
            return plans.length <= 15 && !plans.some((plan) => bad.has(plan))
          })
          .map(({ id }) => id)
      },
    },
    async (ids) => expect((await ids()).toSorted()).toEqual(FLEET.devices.map(({ id }) => id).toSorted()),
  )

  defect(
    22,
    "a SIM that is in a pool is not counted outside of it as well",
    {
      ours: async () => {
        const world = await openTestWorld(FLEET)
        const customer = await saveCustomer(world.core, { tenantId: TENANT, name: "C" })
        const pool = await ensureCustomerRatePool(world.core, { tenantId: TENANT, name: "P" })
        const plan = await saveCustomerRatePlan(world.core, {
          tenantId: TENANT,
          code: "A",
          includedBytes: MB,
          baseRate: 1,
          allowsSimPooling: true,
          autoChangeRatePlan: true,
        } as never)
        await world.core.store.unit({ name: "test.assign" }, [
          changeDeviceAssignments(
            world.scope,
            ["Cars1", "Cars2"].map((carrierDeviceId, at) => ({
              carrierDeviceId,
              customerId: customer.id,
              customerRatePlanId: plan.id,
              customerRatePoolId: at === 0 ? pool.id : null,
            })),
            1,
          ),
        ])
        const { billingPeriodId } = world.request
        const id = await startCustomerOptimization(world.core, {
          tenantId: TENANT,
          customerId: customer.id,
          billingPeriodId,
        })
        await world.drain()
        return (await getOptimizationSession(world.core, TENANT, id)).deviceCount
      },
      legacy: async () => {
        const sims = [{ pool: "P" }, { pool: null }]
        return sims.filter(({ pool }) => pool !== null).length + sims.length
      },
    },
    async (count) => expect(await count()).toBe(2),
  )

  defect(
    25,
    "no queue item is left open, also of groups without SIMs",
    {
      ours: async () => {
        const world = await openTestWorld(FLEET)
        await world.optimize()
        const open = await world.core.store.rows(
          sql`SELECT 1 FROM optimization_queue_item WHERE status <> 'CompleteWithSuccess'`,
        )
        return open.length
      },
      legacy: async () => {
        const items = Object.keys(FLEET.permitted).map((name) => ({ name, isOpen: true }))
        for (const item of items) {
          if (!FLEET.devices.some(({ communicationPlan }) => communicationPlan === item.name)) continue
          item.isOpen = false
        }
        return items.filter(({ isOpen }) => isOpen).length
      },
    },
    async (open) => expect(await open()).toBe(0),
  )

  defect(
    37,
    "an id that holds SQL is an id",
    {
      ours: async (id: string) => {
        const world = await openTestWorld(FLEET)
        await world.optimize()
        return getOptimizationSession(world.core, TENANT, id).then(
          () => 1,
          () => 0,
        )
      },
      legacy: async (id: string) => {
        const world = await openTestWorld(FLEET)
        await world.optimize()
        return (await world.plain.rows(sql.raw(`SELECT 1 FROM optimization_session WHERE id = '${id}'`))).length
      },
    },
    async (found) => expect(await found("x' OR '1' = '1")).toBe(0),
  )
})
