import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DEFAULT_CREDENTIALS, PERMITTED_PLANS } from "@altaworx/jasper-client/simulator"
import { sql } from "drizzle-orm"
import { controlCenter } from "../../src/carriers/control-center/mod.ts"
import { type Core, createCore } from "../../src/create-core.ts"
import { setPermittedRatePlans } from "../../src/inventory/mod.ts"
import { releaseAllLeases } from "../../src/jobs/mod.ts"
import { type Carrier, type Runtime, timeOrderedIds } from "../../src/ports/mod.ts"
import { createServiceProvider } from "../../src/providers/mod.ts"
import { openStore, type Platform, type Store } from "../../src/store/mod.ts"
import { createClient } from "../../src/store/node/mod.ts"
import { createTenant, importSealingKey, type SealingKey } from "../../src/tenancy/mod.ts"
import { faultyCarrier, seededRandom, virtualClock } from "../../src/testing/mod.ts"
import { addBystander, rowsOfBystander } from "./bystander.ts"
import { type CarrierSide, carrierSide } from "./carrier-side.ts"
import { type FaultInjector, faultInjector } from "./fault-injector.ts"
import { type MortalProcess, mortalProcess, mortalStore } from "./mortal-process.ts"
import type { SimulationPlan } from "./simulation-plan.ts"
import { openTrace, type Trace } from "./trace.ts"

/** A customer with its account. */
export interface SimulatedTenant {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly carrier: CarrierSide
}

/** A process that runs core. */
export interface CoreProcess {
  readonly process: MortalProcess
  readonly core: Core
  /** Its connections break, as they do when it ends. */
  close(): void
}

/** What is there beside the processes, and outlives them. */
export interface World {
  readonly plan: SimulationPlan
  readonly clock: ReturnType<typeof virtualClock>
  readonly trace: Trace
  readonly faults: FaultInjector
  readonly tenants: readonly SimulatedTenant[]
  /** Looks at the database from outside. */
  readonly observer: Platform
  /** What a tenant that does nothing had before the simulation began. */
  readonly bystander: string
  startProcess(name: string, index: number, generation: number): Promise<CoreProcess>
  close(): void
}

// In the middle of a billing period, so that none ends during a run.
const START_AT = Date.UTC(2026, 10, 10, 12)
let sealing: Promise<SealingKey> | undefined
const sealingKeyOnce = () => (sealing ??= importSealingKey(Buffer.alloc(32, 7).toString("base64")))

export async function openWorld(plan: SimulationPlan): Promise<World> {
  const clock = virtualClock(START_AT, { autoAdvance: true })
  const random = seededRandom(plan.seed + 1)
  const trace = openTrace(() => clock.now())
  const sealingKey = await sealingKeyOnce()
  const folder = plan.store === "file" ? mkdtempSync(join(tmpdir(), "altaworx-simulation-")) : undefined
  const url = folder === undefined ? ":memory:" : `file:${join(folder, "core.db")}`
  const open = (runtime: Runtime): Promise<Store> => openStore({ url, createClient, runtime })

  const carriers = [1, 2].map((index) => carrierSide(plan, clock, index))
  const fetch: Runtime["fetch"] = (input, init) => {
    const request = new Request(input, init)
    const carrier = carriers.find(({ host }) => new URL(request.url).host === host)
    return carrier ? carrier.simulator().fetch(request) : Promise.reject(new TypeError("fetch failed"))
  }
  const whole = { ...clock, now: () => Math.floor(clock.now()) }
  const runtime: Runtime = { clock: whole, random, newId: timeOrderedIds(whole, random), fetch }
  const observer: Platform = { store: await open(runtime), runtime }

  const tenants: SimulatedTenant[] = []
  for (const [i, carrier] of carriers.entries()) {
    const tenantId = `tenant-${i + 1}`
    await createTenant(observer, { id: tenantId, name: tenantId })
    const settings = {
      tenantId,
      name: "Control Center",
      integrationType: "Jasper",
      baseUrl: `https://${carrier.host}`,
      ...DEFAULT_CREDENTIALS,
      billingPeriodEndDay: 28,
      billingPeriodEndHour: 0,
      timeZone: "UTC",
    }
    const { id: serviceProviderId } = await createServiceProvider(observer, sealingKey, settings)
    for (const [communicationPlan, ratePlans] of Object.entries(PERMITTED_PLANS)) {
      await setPermittedRatePlans(observer, { tenantId, serviceProviderId, communicationPlan, ratePlans })
    }
    tenants.push({ tenantId, serviceProviderId, carrier })
  }

  const [first] = tenants as [SimulatedTenant]
  const iccids = [...first.carrier.simulator().state].map(({ iccid }) => iccid)
  await addBystander(observer, first.serviceProviderId, iccids)
  const bystander = await rowsOfBystander(observer)

  const faults = faultInjector(plan.faults, {
    trace,
    random,
    loseLeases: () => releaseAllLeases(observer),
    duplicateJob: () => duplicateJob(observer, random),
    sleep: (ms) => clock.sleep(ms),
  })

  let uncertifiedLeft = plan.uncertifiedScans
  /** A carrier whose first scans cannot be certified. */
  const uncertain = (carrier: Carrier): Carrier => ({
    ...carrier,
    async *list(request) {
      const certificate = yield* carrier.list(request)
      if (uncertifiedLeft-- <= 0) return certificate
      return { ...certificate, certified: false, reason: "churn_outran_scan" }
    },
  })

  let quiet: Promise<void> | undefined
  /** Does what waits for the host and not for the clock, while everybody else stands still. */
  const quietly = async (work: () => Promise<unknown>): Promise<void> => {
    while (quiet) await quiet
    const done = (async () => {
      await clock.hold(work().catch(() => undefined))
      // However long the host took: by now everybody else has come to rest.
      for (let turn = 0; turn < 20; turn++) await clock.yield()
    })()
    quiet = done.finally(() => {
      quiet = undefined
    })
    await quiet
  }

  return {
    plan,
    clock,
    trace,
    faults,
    tenants,
    observer,
    bystander,
    async startProcess(name, index, generation) {
      const process = mortalProcess({
        name: `${name}.${generation}`,
        seed: plan.seed * 1_000 + index * 100 + generation,
        clock,
        clockSkewMs: plan.clockSkews[index] ?? 0,
        fetch,
        quiet: () => quiet,
      })
      const own = folder === undefined ? observer.store : await open(process.runtime)
      const points = faults.planFor(process)
      const core = createCore({
        store: mortalStore(process, own, points),
        runtime: process.runtime,
        sealingKey,
        connectors: {
          Jasper: (account, given) => {
            const { callsPerSecond } = plan
            return faultyCarrier(uncertain(controlCenter(account, given, { callsPerSecond })), points)
          },
        },
        sync: {
          pagesPerUnit: plan.pagesPerUnit,
          pagesPerSlice: plan.pagesPerSlice,
          promotionChunk: plan.promotionChunk,
        },
        optimization: { sequenceBatchSize: plan.sequences },
      })
      // Opening credentials is Web Crypto, which no virtual clock can see.
      await quietly(() => Promise.all(tenants.map((one) => core.carrierFor(one.tenantId, one.serviceProviderId))))
      process.isCalm = false
      const close = () => {
        if (folder !== undefined) own.close()
      }
      return { process, core, close }
    },
    close() {
      observer.store.close()
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Kinds of jobs whose rooms bear that another job with the same payload is enqueued. optimization.prepare does not yet;
 * SIMULATE_DUPLICATES=optimization.prepare shows what happens.
 */
const DUPLICABLE_JOBS = [
  "sync.devices",
  "sync.usage",
  "sync.promotion",
  "finalize.sync",
  "optimization.solve",
  "optimization.finish",
  "bulk-change.process",
  "bulk-change.finish",
]

/** Enqueues some job, whatever became of it, once more under another id. */
async function duplicateJob({ store, runtime }: Platform, random: () => number): Promise<string | undefined> {
  const types = JSON.stringify(process.env["SIMULATE_DUPLICATES"]?.split(",") ?? DUPLICABLE_JOBS)
  const jobs = await store.rows<{ id: string; tenantId: string; type: string }>(
    sql`SELECT id, tenant_id AS "tenantId", type FROM job WHERE type IN (SELECT value FROM json_each(${types}))
      ORDER BY tenant_id, id`,
  )
  const job = jobs[Math.floor(random() * jobs.length)]
  if (!job) return undefined
  await store.unit({ name: "simulation.duplicate" }, [
    sql`INSERT INTO job (tenant_id, id, queue, type, payload, priority, run_at, max_attempts, target, created_at)
      SELECT tenant_id, ${`duplicate-${runtime.newId()}`}, queue, type, payload, priority, ${runtime.clock.now()},
        max_attempts, target, created_at
      FROM job WHERE tenant_id = ${job.tenantId} AND id = ${job.id}`,
  ])
  return `${job.type} of ${job.tenantId}`
}
