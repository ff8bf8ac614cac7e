import { sql } from "drizzle-orm"
import { describe, expect } from "vitest"
import { getOptimizationSession, startOptimizationSession } from "../../src/optimization/mod.ts"
import { faultPlan, faultyStore } from "../../src/testing/mod.ts"
import { openTestWorld, TENANT } from "../optimization/world.ts"
import { defect } from "./defect.ts"
import { failingSession, FLEET } from "./fleet.ts"

type BusyWorld = Awaited<ReturnType<typeof openTestWorld>>

describe("ends of the earlier system's sessions that we reject", () => {
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
})
