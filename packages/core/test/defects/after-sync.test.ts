import { sql } from "drizzle-orm"
import { describe, expect } from "vitest"
import { CoreError } from "../../src/errors/mod.ts"
import { awaitRows } from "../../src/finalize/mod.ts"
import { listDeadJobs } from "../../src/jobs/mod.ts"
import { findLatestOptimizationSession } from "../../src/optimization/mod.ts"
import { startSyncRun } from "../../src/sync/mod.ts"
import { listed, openWorkflow } from "../optimization/workflow-world.ts"
import { defect } from "./defect.ts"

type Payload = Readonly<Record<string, unknown>>
type Jobs = readonly { readonly type: string; readonly payload: Payload }[]
const jobsOf = async (world: { readonly core: Parameters<typeof startSyncRun>[0] }, type: string): Promise<Jobs> =>
  (
    await world.core.store.rows<{ type: string; payload: string }>(
      sql`SELECT type, payload FROM job WHERE type = ${type}`,
    )
  ).map((row) => ({ type: row.type, payload: JSON.parse(row.payload) as Record<string, unknown> }))

type SyncedWorld = Awaited<ReturnType<typeof openWorkflow>>

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

describe("what the earlier system did between a sync and its optimization, and we reject", () => {
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
})
