import { sql } from "drizzle-orm"
import { describe, expect } from "vitest"
import { CoreError } from "../../src/errors/mod.ts"
import { awaitRows } from "../../src/finalize/mod.ts"
import {
  changeDeviceAssignments,
  ensureCustomerRatePool,
  saveCustomer,
  saveCustomerRatePlan,
} from "../../src/inventory/mod.ts"
import { listDeadJobs } from "../../src/jobs/mod.ts"
import {
  findLatestOptimizationSession,
  getOptimizationSession,
  startCustomerOptimization,
  startOptimizationSession,
} from "../../src/optimization/mod.ts"
import { startSyncRun } from "../../src/sync/mod.ts"
import { faultPlan, faultyStore } from "../../src/testing/mod.ts"
import { defect } from "./defect.ts"
import { listed, openWorkflow } from "../optimization/workflow-world.ts"
import { MB, openTestWorld, progressOf, TENANT, type TestFleet } from "../optimization/world.ts"

const names = Array.from({ length: 16 }, (_, at) => `P${String(at).padStart(2, "0")}`)
const FLEET: TestFleet = {
  plans: [
    { name: "Small", monthly: 1_000_000, includedBytes: 5 * MB },
    { name: "Large", monthly: 4_000_000, includedBytes: 50 * MB },
    { name: "Broken", overageBlockBytes: 0 },
    ...names.map((name, at) => ({ name, monthly: (at + 2) * 1_000_000, includedBytes: (at + 1) * MB })),
  ],
  permitted: { Cars: ["Small", "Large"], Bad: ["Small", "Large", "Broken"], Many: names, Nobody: ["Small", "Large"] },
  devices: [
    ...["Cars", "Bad"].flatMap((communicationPlan) =>
      [1, 2, 40].map((mb) => ({
        id: `${communicationPlan}${mb}`,
        ratePlan: "Large",
        communicationPlan,
        bytes: mb * MB,
      })),
    ),
    ...[1, 2].map((mb) => ({ id: `many${mb}`, ratePlan: "P15", communicationPlan: "Many", bytes: mb * MB })),
  ],
}

type Payload = Readonly<Record<string, unknown>>
type Jobs = readonly { readonly type: string; readonly payload: Payload }[]
const jobsOf = async (world: { readonly core: Parameters<typeof startSyncRun>[0] }, type: string): Promise<Jobs> =>
  (
    await world.core.store.rows<{ type: string; payload: string }>(
      sql`SELECT type, payload FROM job WHERE type = ${type}`,
    )
  ).map((row) => ({ type: row.type, payload: JSON.parse(row.payload) as Record<string, unknown> }))

type SyncedWorld = Awaited<ReturnType<typeof openWorkflow>>
type BusyWorld = Awaited<ReturnType<typeof openTestWorld>>

/** A session whose solving fails for good. */
async function failingSession() {
  const broken = faultPlan({
    onPoint: (point) => {
      if (point === "before:optimization.store-results") throw new TypeError("broken")
    },
  })
  const world = await openTestWorld(FLEET, { wrap: (store) => faultyStore(store, broken) })
  return { world, session: await world.optimize() }
}

/** What finalize is asked at each look, for a sync that a message asked for and whose rows are never done. */
async function looksOfFinalize(): Promise<readonly Payload[]> {
  const world = await openWorkflow({ core: { finalize: { maxRetries: 3, delayBetweenRetriesMs: 1_000 } } })
  await world.core.store.unit({ name: "test.rows" }, [
    awaitRows({ ...world.scope, carrierDeviceIds: [listed(1).iccid] }, 0),
  ])
  await world.send(world.asked)
  await world.drain()
  return (await jobsOf(world, "finalize.sync")).map(({ payload }) => payload)
}

describe("workflows of the earlier system that we reject", () => {
  defect(
    5,
    "every retry of finalize carries what the run was asked for",
    {
      ours: looksOfFinalize,
      // What is put back in line is written anew, from the fields that somebody thought of.
      legacy: async () => {
        const [first, ...retries] = await looksOfFinalize()
        const requeue = (look: Payload): Payload => ({
          serviceProviderId: look["serviceProviderId"],
          retryCount: Number(look["retryCount"]) + 1,
        })
        return retries.reduce((looks: Payload[]) => [...looks, requeue(looks.at(-1)!)], [first!])
      },
    },
    async (looks) => {
      const all: readonly Payload[] = await looks()
      expect(all).toHaveLength(4)
      for (const look of all) {
        expect(look["optimizeAfter"]).toBe(true)
        expect(look["optimizationSessionId"]).toBe(all[0]?.["optimizationSessionId"])
      }
    },
  )

  defect(
    6,
    "the end that fails at first is told of all the same, once, for the provider it is about",
    {
      ours: async () => {
        const plan = faultPlan({ failAt: { point: "before:optimization.begin-cleaning-up", occurrence: 1 } })
        const world = await openTestWorld(FLEET, { wrap: (store) => faultyStore(store, plan) })
        await world.optimize()
        return world.events.flatMap((event) =>
          event.type === "optimization.completed" ? [event.serviceProviderId] : [],
        )
      },
      // What is put back in line has neither the provider nor that it is the last of its session.
      legacy: async () => {
        interface Message {
          readonly retryCount: number
          readonly isLastInstance?: boolean
          readonly serviceProviderId?: string
        }
        const told: string[] = []
        const queue: Message[] = [{ retryCount: 0, isLastInstance: true, serviceProviderId: "p1" }]
        for (let message = queue.shift(); message; message = queue.shift()) {
          if (message.retryCount === 0) queue.push({ retryCount: message.retryCount + 1 })
          else if (message.isLastInstance) told.push(message.serviceProviderId ?? "0")
        }
        return told
      },
    },
    async (run) => expect(await run()).toEqual(["p1"]),
  )

  defect(
    7,
    "a failure at the very end loses nothing: what was found is told, once",
    {
      ours: async () => {
        const plan = faultPlan({ failAt: { point: "after:optimization.begin-cleaning-up", occurrence: 1 } })
        const world = await openTestWorld(FLEET, { wrap: (store) => faultyStore(store, plan) })
        const session = await world.optimize()
        return [session.status, world.events.filter(({ type }) => type === "optimization.completed").length]
      },
      legacy: async () => {
        // Marked as complete first; the retry sees that, and stops.
        const session = { status: "CleaningUp", told: 0 }
        const cleanUp = (fails: boolean) => {
          if (session.status === "CompleteWithSuccess") return
          session.status = "CompleteWithSuccess"
          if (fails) throw new Error("mail")
          session.told++
        }
        expect(() => cleanUp(true)).toThrow()
        cleanUp(false)
        return [session.status, session.told]
      },
    },
    async (run) => expect(await run()).toEqual(["CompleteWithSuccess", 1]),
  )

  defect(
    8,
    "an end that fails for good is tried a bounded number of times, then the session ends and the tenant is free",
    {
      ours: async () => {
        let tries = 0
        const broken = faultPlan({
          onPoint: (point) => {
            if (point !== "before:optimization.begin-cleaning-up") return
            tries++
            throw new TypeError("broken")
          },
        })
        const world = await openTestWorld(FLEET, { wrap: (store) => faultyStore(store, broken) })
        const { status } = await world.optimize()
        const mayStart = await startOptimizationSession(world.core, world.request).then(
          () => true,
          () => false,
        )
        return { tries, isOver: status === "CompleteWithErrors", mayStart }
      },
      // An exception puts the message back whatever its count, and nothing ends the instance.
      legacy: async () => {
        const session = { status: "CleaningUp" }
        const queue = [{ retryCount: 0 }]
        let tries = 0
        for (let message = queue.shift(); message && tries < 1_000; message = queue.shift()) {
          tries++
          queue.push({ retryCount: message.retryCount + 1 })
        }
        const isOver = session.status.startsWith("Complete")
        return { tries, isOver, mayStart: isOver }
      },
    },
    async (run) => {
      const { tries, ...end } = await run()
      expect(tries).toBeGreaterThan(0)
      expect(tries).toBeLessThan(100)
      expect(end).toEqual({ isOver: true, mayStart: true })
    },
  )

  defect(
    9,
    "a session is complete when its own work is done, however much others wait for",
    {
      ours: async ({ core }: BusyWorld, id: string) => (await getOptimizationSession(core, TENANT, id)).status,
      // Looks at the length of the queue, which is everybody's.
      legacy: async ({ core }: BusyWorld) => {
        const [queue] = await core.store.rows<{ length: number }>(
          sql`SELECT count(*) AS length FROM optimization_queue_item WHERE status = 'NotStarted'`,
        )
        return queue?.length === 0 ? "CompleteWithSuccess" : "RunningPermutations"
      },
    },
    async (statusOf) => {
      const world = await openTestWorld(FLEET)
      const id = await startOptimizationSession(world.core, world.request)
      await world.plain.unit({ name: "test.others" }, [
        sql`INSERT INTO optimization_queue_item (tenant_id, session_id, "group", position, sequence, status, created_by, created_at)
          VALUES ('t2', 'other', 0, 0, '[]', 'NotStarted', '', 0)`,
      ])
      await world.drain()
      expect(await statusOf(world, id)).toBe("CompleteWithSuccess")
    },
  )

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
    14,
    "one part that fails makes the whole a failure, in what is told too",
    {
      ours: async (): Promise<readonly { readonly type: string }[]> => (await failingSession()).world.events,
      // It runs as long as no part has failed; what does not run any more is told as a success.
      legacy: async () => {
        const { session } = await failingSession()
        const isRunning = [session.status].every((status) => status !== "CompleteWithErrors")
        return isRunning ? [] : [{ type: "optimization.completed", status: "CompleteWithSuccess" }]
      },
    },
    async (events) => {
      const told = (await events()).filter(({ type }) => type === "optimization.completed")
      expect(told).toMatchObject([{ status: "CompleteWithErrors" }])
    },
  )

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
    19,
    "a message that cannot be worked on is kept with its reason",
    {
      ours: async () => {
        const world = await openWorkflow()
        await world.send({ ...world.asked, ServiceProviderId: "nobody" })
        await world.drain()
        return (await listDeadJobs(world.core, "t1")).map(({ errorCode }) => errorCode)
      },
      legacy: async () => {
        const dead: string[] = []
        try {
          throw new Error("no such provider")
        } catch {
          // Logged; the queue takes the message for handled.
        }
        return dead
      },
    },
    async (dead) => expect(await dead()).toEqual(["input.not_found"]),
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
    23,
    "a session tells its end once, however many problems it has",
    {
      ours: async ({ events }: BusyWorld) => events.filter(({ type }) => type === "optimization.completed").length,
      // Each part is sent off as the last one, and mails when it is done.
      legacy: async (_: BusyWorld, problems: readonly { readonly isSolved: boolean }[]) => {
        const messages = problems.map(({ isSolved }) => ({ isSolved, isLastInstance: true }))
        return messages.filter(({ isSolved, isLastInstance }) => isSolved && isLastInstance).length
      },
    },
    async (mailsOf) => {
      const world = await openTestWorld(FLEET)
      const { id, problemCount } = await world.optimize()
      expect(problemCount).toBeGreaterThan(1)
      expect(await mailsOf(world, (await getOptimizationSession(world.core, TENANT, id)).problems)).toBe(1)
    },
  )

  defect(
    24,
    "a worker that does not find what it needs says so",
    {
      ours: async () => {
        const plan = faultPlan({
          onPoint: async (point) => {
            if (point === "after:optimization.raise-progress") await lose?.()
          },
        })
        const world = await openTestWorld(FLEET, { wrap: (store) => faultyStore(store, plan) })
        const lose: (() => Promise<unknown>) | undefined = () =>
          world.plain.unit({ name: "test.lose" }, [
            sql`DELETE FROM optimization_sims WHERE EXISTS (SELECT 1 FROM optimization_session WHERE status = 'RunningPermutations')`,
          ])
        return (await world.optimize()).status
      },
      legacy: async () => {
        const cache = new Map<string, unknown>()
        const session = { status: "RunningPermutations" }
        if (cache.has("assigner")) session.status = "CompleteWithSuccess"
        return session.status
      },
    },
    async (status) => expect(await status()).toBe("CompleteWithErrors"),
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
    32,
    "rows of other providers are neither waited for nor cleared",
    {
      ours: async () => {
        const world = await openWorkflow({ core: { finalize: { maxRetries: 1, delayBetweenRetriesMs: 1_000 } } })
        await world.core.store.unit({ name: "test.rows" }, [
          awaitRows({ tenantId: "t1", serviceProviderId: "stuck", carrierDeviceIds: ["x"] }, 0),
        ])
        await startSyncRun(world.core, world.scope)
        await world.drain()
        const left = await world.core.store.rows(sql`SELECT 1 FROM row_to_process`)
        return [(await jobsOf(world, "finalize.sync")).length, left.length]
      },
      legacy: async () => {
        const rows = [{ provider: "stuck" }]
        let looks = 1
        while (rows.length > 0 && looks < 2) looks++
        rows.length = 0
        return [looks, rows.length]
      },
    },
    async (run) => expect(await run()).toEqual([1, 1]),
  )

  defect(
    33,
    "an error while reconciling stops the run: nothing is optimized on stale data",
    {
      ours: async () => {
        const reconcile = () => Promise.reject(new CoreError("carrier.refused", "No"))
        const integrations = { Jasper: { startsOptimization: true, reconcile } }
        const world = await openWorkflow({ core: { integrations } })
        await world.send(world.asked)
        await world.drain()
        const session = await findLatestOptimizationSession(world.core, "t1")
        return [session?.status, session?.errorCode]
      },
      legacy: async () => {
        try {
          throw new Error("No")
        } catch {
          // Logged only.
        }
        return ["CompleteWithSuccess", null]
      },
    },
    async (run) => expect(await run()).toEqual(["CompleteWithErrors", "carrier.refused"]),
  )

  /** A sync whose rows are done at the fourth look, then one that fails: five looks. */
  async function twoSyncs(integrationType: string): Promise<readonly [SyncedWorld, number]> {
    const finalize = { maxRetries: 3, delayBetweenRetriesMs: 1_000 }
    const world = await openWorkflow({ provider: { integrationType }, core: { finalize } })
    const sync = async (fault?: Error) => {
      world.fleet.fault = fault
      await startSyncRun(world.core, world.scope)
      await world.drain()
    }
    await world.core.store.unit({ name: "test.rows" }, [
      awaitRows({ ...world.scope, carrierDeviceIds: [listed(1).iccid] }, 0),
    ])
    await sync()
    await sync(new CoreError("carrier.credentials", "No"))
    const types = ["finalize.sync", "finalize.failure"]
    const looks = await Promise.all(types.map(async (type) => (await jobsOf(world, type)).length))
    expect(looks).toEqual([4, 1])
    return [world, 5]
  }
  const completeTold = {
    ours: async (_: string, { events }: SyncedWorld) => events.filter(({ type }) => type === "sync.summary").length,
    // At the end of each look, ready or not, failed or not; and for some accounts there is no word.
    legacy: async (integrationType: string, _: SyncedWorld, looks: number) => {
      const words = new Map([["Jasper", "jasper_devices"]])
      return Array.from({ length: looks }, () => words.get(integrationType)).filter((word) => word !== undefined).length
    },
  }
  defect(
    34,
    "that a sync is complete is told once, when it is, and not of one that failed",
    completeTold,
    async (toldIn) => expect(await toldIn("Jasper", ...(await twoSyncs("Jasper")))).toBe(1),
  )
  defect(34, "that a sync is complete is told for every kind of account", completeTold, async (toldIn) =>
    expect(await toldIn("eBonding", ...(await twoSyncs("eBonding")))).toBe(1),
  )

  defect(
    35,
    "a communication plan is new to a provider whoever else has one of that name",
    {
      ours: async () => {
        const world = await openWorkflow()
        await world.core.store.unit({ name: "test.other" }, [
          sql`INSERT INTO communication_plan (tenant_id, service_provider_id, name, id, created_at)
            VALUES ('t1', 'another', 'Boats', 'x', 0)`,
        ])
        world.fleet.devices.push(listed(4, { communicationPlan: "Boats" }))
        await startSyncRun(world.core, world.scope)
        await world.drain()
        return world.events.flatMap((event) => (event.type === "communicationPlans.added" ? event.names : []))
      },
      legacy: async () => {
        const known = [{ provider: "another", name: "Boats" }]
        return ["Boats"].filter((name) => !known.some((plan) => plan.name === name))
      },
    },
    async (added) => expect(await added()).toEqual(["Boats"]),
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
