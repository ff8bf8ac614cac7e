import { sql } from "drizzle-orm"
import { type JobEndedEvent, releaseAllLeases, runDueJobs } from "../../src/jobs/mod.ts"
import { startSyncRun } from "../../src/sync/mod.ts"
import type { JobLog } from "./check-jobs.ts"
import { checkInvariants, checkReconciled } from "./check-invariants.ts"
import { type Acknowledged, cancelWhatRuns, nextStep, nothingAcknowledged } from "./drive-pipeline.ts"
import type { FaultCounts } from "./fault-injector.ts"
import { planSimulation } from "./plan-simulation.ts"
import { type SimulationPlan } from "./simulation-plan.ts"
import { type CoreProcess, openWorld, type World } from "./world.ts"

/** What one seed led to. */
export interface SimulationResult extends FaultCounts {
  readonly plan: SimulationPlan
  /** What does not hold; empty for a clean run. */
  readonly violations: readonly string[]
  readonly trace: readonly string[]
  /** How often each fault of the carrier struck. */
  readonly carrierFaults: ReadonlyMap<string, number>
  /** Changes that the carrier accepted. */
  readonly writes: number
}

// A run takes some ten incarnations of its host and some twenty steps; one that takes far more starts over for ever.
const MOST_STARTS = 60
const MOST_STEPS = 60

/** Runs the whole pipeline of two tenants once, with the faults of this seed, and checks what it left behind. */
export async function runSimulation(seed: number): Promise<SimulationResult> {
  const plan = planSimulation(seed)
  const world = await openWorld(plan)
  const acknowledged = nothingAcknowledged()
  const jobs: JobLog = { completed: new Map() }
  const violations: string[] = []
  try {
    await runProcesses(world, acknowledged, jobs)
    violations.push(...(await checkInvariants(world, acknowledged, jobs)))
    if (violations.length === 0) violations.push(...(await reconcile(world, acknowledged, jobs)))
  } catch (error) {
    violations.push(`The run did not come to its end: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    world.close()
  }
  const carrierFaults = new Map<string, number>()
  for (const { carrier } of world.tenants) {
    for (const name of carrier.struck()) carrierFaults.set(name, (carrierFaults.get(name) ?? 0) + 1)
  }
  return {
    plan,
    violations,
    trace: world.trace.lines,
    reached: world.faults.reached,
    struck: world.faults.struck,
    carrierFaults,
    writes: world.tenants.reduce((sum, { carrier }) => sum + carrier.writes().length, 0),
  }
}

async function runProcesses(world: World, acknowledged: Acknowledged, jobs: JobLog): Promise<void> {
  const finished = new AbortController()
  const workers = world.plan.clockSkews.slice(1).map((_, i) =>
    keepRunning(world, `worker-${i + 1}`, i + 1, finished.signal, async (running) => {
      for (;;) {
        const { nextDueAt } = await runJobs(world, running, jobs)
        if (running.process.stop.signal.aborted) return
        await idle(running, Math.min(nextDueAt ?? Infinity, running.core.runtime.clock.now() + 15_000))
      }
    }),
  )
  let steps = 0
  const host = keepRunning(world, "host", 0, finished.signal, async (running) => {
    while (steps++ < MOST_STEPS) {
      let isDone = true
      for (const tenant of world.tenants) {
        isDone = (await nextStep(world, running.core, tenant, acknowledged)) && isDone
      }
      if (isDone && (await countOpenJobs(world)) === 0) {
        world.faults.end()
        return finished.abort()
      }
      await drain(world, running, acknowledged, jobs)
      if (running.process.stop.signal.aborted) return
    }
    throw new Error(`The pipeline was not done after ${MOST_STEPS} steps`)
  })
  // The first to fail fails the run: the others would go on for ever.
  await Promise.all([host, ...workers]).finally(() => finished.abort())
}

/** Starts a process again and again until the pipeline is done: after it died, failed, or was asked to stop. */
async function keepRunning(
  world: World,
  name: string,
  index: number,
  finished: AbortSignal,
  body: (running: CoreProcess) => Promise<void>,
): Promise<void> {
  const { clock, trace, plan } = world
  const over = new Promise<"over">((resolve) => finished.addEventListener("abort", () => resolve("over")))
  let lastFailure = ""
  for (let generation = 1; generation <= MOST_STARTS; generation++) {
    const running = await world.startProcess(name, index, generation)
    const work = (async () => {
      if (index === 0 && plan.clockSkews.length === 1 && plan.releasesLeases) await releaseAllLeases(running.core)
      await body(running)
      return "ended"
    })().catch((error: unknown) => {
      lastFailure = error instanceof Error ? error.message : String(error)
      return `failed: ${lastFailure}`
    })
    const outcome = await Promise.race([work, running.process.died, over])
    running.process.kill()
    running.close()
    if (finished.aborted) return
    trace.add(running.process.name, outcome)
    await clock.sleep(1 + ((plan.seed * 31 + generation * 7_919) % 90_000))
    if (finished.aborted) return
  }
  throw new Error(`${name} was started ${MOST_STARTS} times and is not done; ${lastFailure}`)
}

function runJobs({ plan, trace }: World, { core, process }: CoreProcess, jobs: JobLog, maxJobs?: number) {
  return runDueJobs(core, {
    ...(maxJobs !== undefined && { maxJobs }),
    claimSize: plan.claimSize,
    concurrency: plan.concurrency,
    signal: process.stop.signal,
    onJobEnded({ job, ending, failure }: JobEndedEvent) {
      trace.add(process.name, `${job.type} ${job.id} of ${job.tenantId} ${ending}${failure ? `: ${failure.code}` : ""}`)
      const key = `${job.tenantId} ${job.type} ${job.id}`
      if (ending === "completed") jobs.completed.set(key, (jobs.completed.get(key) ?? 0) + 1)
    },
  })
}

/** Runs jobs until none is left, waiting for those that are due later. */
async function drain(world: World, running: CoreProcess, acknowledged: Acknowledged, jobs: JobLog): Promise<void> {
  const { core, process } = running
  for (let rounds = 0; rounds < 10_000; rounds++) {
    const { cancelsAfter } = world.plan
    const mayCancel = cancelsAfter !== null && acknowledged.approvals.size > 0
    if (mayCancel && rounds >= cancelsAfter) await cancelWhatRuns(world, core, world.tenants[0]!, acknowledged)
    // A user comes between any two jobs.
    const { nextDueAt } = await runJobs(world, running, jobs, mayCancel ? 2 : undefined)
    if (process.stop.signal.aborted || nextDueAt === null) return
    await idle(running, nextDueAt)
  }
  throw new Error("The jobs were not done after 10000 rounds")
}

/** A duplicate may come when all else is done. */
async function countOpenJobs({ observer: { store } }: World): Promise<number> {
  const open = sql`SELECT count(*) AS count FROM job WHERE state IN ('ready', 'leased')`
  return (await store.rows<{ count: number }>(open))[0]?.count ?? 0
}

async function idle({ core, process }: CoreProcess, until: number): Promise<void> {
  const { clock } = core.runtime
  // Never without a turn: a due time that does not move must not stop the world.
  await clock.sleep(Math.max(10, until - clock.now()), process.stop.signal).catch(() => undefined)
}

/** One more sync by which nothing befalls anybody: after it the inventory is as the carrier is, to the last field. */
async function reconcile(world: World, acknowledged: Acknowledged, jobs: JobLog): Promise<readonly string[]> {
  const running = await world.startProcess("auditor", 0, 99)
  for (const { carrier, tenantId, serviceProviderId } of world.tenants) {
    carrier.becomeFaultless()
    await startSyncRun(running.core, { tenantId, serviceProviderId, lookback: "all" })
  }
  await drain({ ...world, plan: { ...world.plan, cancelsAfter: null } }, running, acknowledged, jobs)
  running.close()
  return checkReconciled(world)
}
