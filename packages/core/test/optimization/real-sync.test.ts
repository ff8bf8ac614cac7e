import { createSimulator, DEFAULT_CREDENTIALS, type SimulatorOptions } from "@altaworx/jasper-client/simulator"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { controlCenter } from "../../src/carriers/control-center/mod.ts"
import { CoreError } from "../../src/errors/mod.ts"
import { getSyncSummary } from "../../src/finalize/mod.ts"
import { listRatePlans, setPermittedRatePlans } from "../../src/inventory/mod.ts"
import { findLatestOptimizationSession, listOptimizationResults } from "../../src/optimization/mod.ts"
import { startSyncRun } from "../../src/sync/mod.ts"
import { type FaultPoint, faultPlan, faultyStore, testRuntime } from "../../src/testing/mod.ts"
import { listed, openWorkflow } from "./workflow-world.ts"

const DAY = 86_400_000
const NOW = Date.UTC(2026, 10, 22, 12)
/** The end of the period that NOW is in: 18 December, at the start of the day in UTC. */
const PERIOD_ENDS_AT = Date.UTC(2026, 11, 18)

/** The platform on the simulated Control Center, over its wire format. */
async function openPlatform(usesProration: boolean, failAt?: FaultPoint, options: SimulatorOptions = {}) {
  const virtual = testRuntime({ seed: 1, startAt: NOW, fetch: (input, init) => simulator.fetch(input, init) })
  // Paced calls sleep for parts of milliseconds; hosts' clocks have whole ones.
  const runtime = { ...virtual, clock: { ...virtual.clock, now: () => Math.floor(virtual.clock.now()) } }
  const simulator = createSimulator({ seed: 3, devices: 150, callsPerSecond: 50, clock: runtime.clock, ...options })
  const world = await openWorkflow({
    runtime,
    wrap: (store) => faultyStore(store, faultPlan(failAt ? { failAt: { point: failAt, occurrence: 1 } } : {})),
    provider: { baseUrl: "http://127.0.0.1", ...DEFAULT_CREDENTIALS, usesProration },
    core: {
      connectors: { Jasper: (account) => controlCenter(account, runtime, { callsPerSecond: 50, scanMarginMs: 0 }) },
      optimization: { sequenceBatchSize: 2 },
      deliverers: [],
    },
  })
  const { core, scope, drain, tenantId } = world
  // Opening credentials is Web Crypto, which no virtual clock can see: time would jump while it works.
  await core.carrierFor(tenantId, scope.serviceProviderId)
  const permitAll = async () => {
    const ratePlans = (await listRatePlans(core, tenantId, scope.serviceProviderId)).map(({ name }) => name)
    const plans = await core.store.rows<{ name: string }>(sql`SELECT DISTINCT communication_plan AS name FROM device`)
    for (const { name } of plans) await setPermittedRatePlans(core, { ...scope, communicationPlan: name, ratePlans })
  }
  const sync = async (optimizeAfter: boolean) => {
    const id = await startSyncRun(core, { ...scope, lookback: "all", optimizeAfter })
    await drain()
    return id
  }
  /** Asks the carrier itself, past everything of ours. */
  const ask = async (iccid: string, edit?: Readonly<Record<string, string>>) => {
    const authorization = `Basic ${btoa(`${DEFAULT_CREDENTIALS.username}:${DEFAULT_CREDENTIALS.apiKey}`)}`
    const headers = { authorization, "content-type": "application/json" }
    const body = edit && { method: "PUT", body: JSON.stringify(edit) }
    const answer = await simulator.fetch(`http://127.0.0.1/rws/api/v1/devices/${iccid}`, { headers, ...body })
    await runtime.clock.sleep(1_000)
    return { status: answer.status, ...((await answer.json()) as { readonly dateActivated?: string | null }) }
  }
  return { core, runtime, simulator, permitAll, sync, ask }
}

describe("a session after a real sync", { timeout: 60_000 }, () => {
  it("prorates by the activation dates that the carrier tells of each device alone", async () => {
    const { core, runtime, simulator, permitAll, sync, ask } = await openPlatform(true)
    const ready = [...simulator.state].filter(({ status }) => status === "TEST_READY").slice(0, 2)
    expect(ready).toHaveLength(2)
    for (const { iccid } of ready) {
      expect((await ask(iccid, { status: "ACTIVATED" })).status).toBe(200)
      await runtime.clock.sleep(2 * DAY)
    }
    const first = await sync(false)
    expect((await getSyncSummary(core, "t1", first)).notRefreshedCount).toBe(0)
    await permitAll()
    await sync(true)
    const session = await findLatestOptimizationSession(core, "t1")
    const sessionId = session?.id ?? ""
    const { results } = await listOptimizationResults(core, { tenantId: "t1", sessionId, limit: 2_000 })
    const days = new Map(results.map((result) => [result.carrierDeviceId, result.days]))
    for (const { iccid } of ready) {
      const at = Date.parse((await ask(iccid)).dateActivated?.replace(" ", "T") ?? "")
      expect(days.get(iccid)).toBe(Math.ceil((PERIOD_ENDS_AT - at) / DAY))
    }
    expect(results.filter((result) => result.days < 30)).toHaveLength(ready.length)
    // Who was asked about once is not asked about again.
    const reads = await core.store.rows(sql`SELECT 1 FROM job WHERE type = 'finalize.read-details'`)
    expect(reads).toHaveLength(1)
  })

  it.each(["before:finalize.await-details", "after:finalize.store-details"] as const)(
    "reads every date also where the process fails %s",
    async (point) => {
      const { core, sync } = await openPlatform(true, point, { devices: 30 })
      const id = await sync(false)
      expect((await getSyncSummary(core, "t1", id)).notRefreshedCount).toBe(0)
      const unread = sql`SELECT 1 FROM device WHERE status = 'active' AND activated_at IS NULL`
      expect(await core.store.rows(unread)).toEqual([])
      expect(await core.store.rows(sql`SELECT 1 FROM row_to_process`)).toEqual([])
    },
  )

  it("goes on without the dates that cannot be read, and counts them; refused credentials are tried once", async () => {
    const read = async (readFault: (id: string) => Error | undefined, devices: number) => {
      const world = await openWorkflow({
        provider: { usesProration: true },
        core: { finalize: { maxRetries: 2, delayBetweenRetriesMs: 60_000 } },
      })
      world.fleet.devices = Array.from({ length: devices }, (_, at) => listed(at))
      world.fleet.readFault = readFault
      const id = await startSyncRun(world.core, { ...world.scope, lookback: "all" })
      await world.drain()
      const { notRefreshedCount } = await getSyncSummary(world.core, world.tenantId, id)
      return { notRefreshedCount, reads: world.fleet.reads }
    }
    const unreadable = new CoreError("carrier.unexpected_answer", "No")
    expect(await read((id) => (id === listed(7).iccid ? unreadable : undefined), 50)).toEqual({
      notRefreshedCount: 1,
      reads: 50,
    })
    const refused = new CoreError("carrier.credentials", "No")
    expect(await read(() => refused, 50)).toEqual({ notRefreshedCount: 50, reads: 20 })
  })

  it("asks about no device where the provider does not prorate", async () => {
    const { core, sync } = await openPlatform(false)
    await sync(false)
    expect(await core.store.rows(sql`SELECT 1 FROM job WHERE type = 'finalize.read-details'`)).toEqual([])
  })

  it("carries usage on from when it was read, also where it did not change since the sync before", async () => {
    const { core, runtime, drain, scope, tenantId } = await openWorkflow({ now: Date.UTC(2026, 0, 23) })
    const sync = async (optimizeAfter: boolean) => {
      await startSyncRun(core, { ...scope, lookback: "all", optimizeAfter })
      await drain()
    }
    await sync(false)
    await runtime.clock.sleep(Date.UTC(2026, 1, 2, 12) - runtime.clock.now())
    await sync(true)
    const session = await findLatestOptimizationSession(core, tenantId)
    const { results } = await listOptimizationResults(core, { tenantId, sessionId: session?.id ?? "" })
    // Half of the 31 days from 18 January to 18 February were over: twice the usage, and one percent.
    const projected = [1, 2, 40].map((mb) => Math.round(mb * 1024 ** 2 * 2.02))
    expect(results.map(({ projectedBytes }) => projectedBytes).toSorted((a, b) => a - b)).toEqual(projected)
  })
})
