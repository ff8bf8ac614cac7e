/** The process that is measured: `side.ts FILE`. */
import { createCore } from "@altaworx/core"
import { FINALIZE_SYNC } from "@altaworx/core/finalize"
import { ensureBillingPeriod } from "@altaworx/core/inventory"
import { enqueueJob, type JobRequest, runDueJobs } from "@altaworx/core/jobs"
import {
  findLatestOptimizationSession,
  getOptimizationSession,
  listOptimizationResults,
} from "@altaworx/core/optimization"
import { billingScheduleOf, listServiceProviders } from "@altaworx/core/providers"
import { openStore } from "@altaworx/core/store"
import { importSealingKey } from "@altaworx/core/tenancy"
import { type Problem, solve } from "@altaworx/optimizer"
import { createClient } from "@libsql/client"
import { benchRuntime } from "./fleet.ts"

const RATIO_BAR = 10
const PEAK_BAR_MB = 400

const runtime = benchRuntime()
const store = await openStore({ url: `file:${process.argv[2]}`, createClient, runtime })
const sealingKey = await importSealingKey(Buffer.alloc(32, 7).toString("base64"))
const core = createCore({ store, runtime, sealingKey, connectors: {} })
const [provider] = await listServiceProviders(core, "1")
if (!provider) throw new Error("There is no fleet in the database")
const scope = { tenantId: "1", serviceProviderId: provider.id }
const at = runtime.clock.now()
const period = await ensureBillingPeriod(core, { ...scope, schedule: billingScheduleOf(provider), at })
const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20)

const before = process.memoryUsage.rss()
await store.unit({ name: "bench.finalize" }, [
  enqueueJob(runtime, {
    type: FINALIZE_SYNC as JobRequest["type"],
    tenantId: "1",
    payload: {
      syncRunId: "run",
      serviceProviderId: provider.id,
      billingPeriodId: period.id,
      listed: 1,
      changed: 0,
      readAt: at,
      optimizeAfter: true,
      optimizationSessionId: null,
      retryCount: 0,
    },
  }),
])
const spent = new Map<string, number>()
const startedAt = performance.now()
const cpuAt = cpuMs()
let lastAt = startedAt
await runDueJobs(core, {
  onJobEnded({ job, failure }) {
    const now = performance.now()
    spent.set(job.type, (spent.get(job.type) ?? 0) + now - lastAt)
    lastAt = now
    if (failure) console.error(`${job.type}: ${failure.message}`)
  },
})
const total = performance.now() - startedAt
const totalCpu = cpuMs() - cpuAt
// As the system saw it, also while nothing else had its turn.
const peak = process.resourceUsage().maxRSS * 1_024

const latest = await findLatestOptimizationSession(core, "1")
if (latest?.status !== "CompleteWithSuccess") throw new Error(`The session is ${latest?.status}`)
const { problems } = await getOptimizationSession(core, "1", latest.id)
const alone = await solveAlone()
// Of the process, all its threads: what else the machine does shows in the wall clock only.
const ratio = totalCpu / alone.cpuMs

console.log("| jobs | ms |\n| --- | ---: |")
for (const [type, ms] of spent) console.log(`| ${type} | ${ms.toFixed(0)} |`)
console.log(
  `${latest.deviceCount} SIMs in ${latest.groupCount} groups and ${problems.length} problems, ${latest.moveCount} moves, gap ${latest.gap?.toExponential(1)}`,
)
console.log(
  `${totalCpu.toFixed(0)} ms of processor, ${ratio.toFixed(1)} times the ${alone.cpuMs.toFixed(0)} ms of solving alone; by the clock ${total.toFixed(0)} ms, ${(total / alone.ms).toFixed(1)} times ${alone.ms.toFixed(0)} ms; peak ${megabytes(peak)} MB, ${megabytes(before)} before`,
)
if (BigInt(latest.cost ?? 0) > alone.cost) throw new Error("Solving alone found a cheaper assignment")
if (ratio > RATIO_BAR || megabytes(peak) > PEAK_BAR_MB) process.exitCode = 1
store.close()

/** The same problems, solved by the optimizer alone with the same effort; the faster of two times. */
async function solveAlone(): Promise<{ readonly ms: number; readonly cpuMs: number; readonly cost: bigint }> {
  const documents = await readProblems()
  const times: { ms: number; cpuMs: number; cost: bigint }[] = []
  for (let time = 0; time < 2; time++) {
    let cost = 0n
    const from = performance.now()
    const cpuFrom = cpuMs()
    for (const document of documents) cost += BigInt((await solve(document)).cost ?? 0)
    times.push({ ms: performance.now() - from, cpuMs: cpuMs() - cpuFrom, cost })
  }
  return times.reduce((a, b) => (b.cpuMs < a.cpuMs ? b : a))
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

async function readProblems(): Promise<readonly Problem[]> {
  const groupOf = new Map(
    problems.flatMap(({ definition }, problem) =>
      definition.groups.flatMap(({ communicationPlans }, group) =>
        communicationPlans.map((name) => [name, { problem, group }] as const),
      ),
    ),
  )
  const columns = problems.map(() => ({ usage: [] as number[], commPlan: [] as number[], currentPlan: [] as number[] }))
  const positions = problems.map(
    ({ definition }) => new Map(definition.plans.map(({ id }, position) => [id, position])),
  )
  for (let after: string | null = ""; after !== null; ) {
    const request = { tenantId: "1", sessionId: latest!.id, limit: 2_000, ...(after === "" ? {} : { after }) }
    const page: Awaited<ReturnType<typeof listOptimizationResults>> = await listOptimizationResults(core, request)
    for (const { communicationPlan, fromRatePlan, projectedBytes } of page.results) {
      const { problem, group } = groupOf.get(communicationPlan ?? "")!
      columns[problem]!.usage.push(Math.ceil(projectedBytes / 1024))
      columns[problem]!.commPlan.push(group)
      columns[problem]!.currentPlan.push(positions[problem]!.get(fromRatePlan)!)
    }
    after = page.next
  }
  return problems.map(({ definition }, position) => {
    const { plans, pools, commPlans, cycleDays } = definition
    const { usage, commPlan, currentPlan } = columns[position]!
    const sims = {
      usage: Float64Array.from(usage),
      commPlan: Int32Array.from(commPlan),
      currentPlan: Int32Array.from(currentPlan),
    }
    return { version: 1, cycleDays, plans, pools, commPlans, sims }
  })
}
