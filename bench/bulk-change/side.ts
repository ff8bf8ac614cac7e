/** The process that changes the devices: `side.ts FOLDER`. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { createCore } from "@altaworx/core"
import {
  approveBulkChange,
  cancelBulkChange,
  getBulkChange,
  receiveBulkChange,
  summarizeBulkChange,
  verifyBulkChangeLog,
} from "@altaworx/core/bulk-change"
import { controlCenter } from "@altaworx/core/carriers/control-center"
import { runDueJobs } from "@altaworx/core/jobs"
import { systemRuntime } from "@altaworx/core/ports"
import { createServiceProvider } from "@altaworx/core/providers"
import { openStore } from "@altaworx/core/store"
import { createClient } from "@altaworx/core/store/node"
import { createTenant, importSealingKey } from "@altaworx/core/tenancy"
import { sql } from "drizzle-orm"
import { type Account, type JournaledWrite, linesOf, statsOf } from "./account.ts"

const USED_BAR = 0.95
const PEAK_BAR_MB = 256
const GROWTH_BAR_MB = 20
const CALLS_PER_BATCH = 100
const TENANT = "1"
const FIRST_PLAN = "Flex 60MB"
const SECOND_PLAN = "Flex 8MB"

const [folder = "."] = process.argv.slice(2)
const accounts = JSON.parse(readFileSync(join(folder, "accounts.json"), "utf8")) as readonly Account[]
const runtime = systemRuntime()
const store = await openStore({ url: `file:${join(folder, "bulk-change.db")}`, createClient, runtime })
const sealingKey = await importSealingKey(Buffer.alloc(32, 7).toString("base64"))
const rateOf = new Map(accounts.map(({ url, rate }) => [url, rate]))
const core = createCore({
  store,
  runtime,
  sealingKey,
  connectors: {
    Jasper: (account) => controlCenter(account, runtime, { callsPerSecond: rateOf.get(account.baseUrl) ?? 5 }),
  },
})
await createTenant(core, { id: TENANT, name: "Bench" })
const providers = await Promise.all(accounts.map(addAccount))
let failures = 0
const check = (holds: boolean, what: string) => {
  if (holds) return
  failures++
  console.log(`NOT so: ${what}`)
}
await applyToAll()
await cancelOnTheWay()
store.close()
process.exitCode = failures > 0 ? 1 : 0

/** An account whose devices are in the inventory, as a sync leaves them, but for those that need no change. */
async function addAccount(account: Account, index: number) {
  const { url: baseUrl, username, apiKey } = account
  const { id } = await createServiceProvider(core, sealingKey, {
    tenantId: TENANT,
    name: `Simulated account ${index + 1}`,
    integrationType: "Jasper",
    baseUrl,
    username,
    apiKey,
    billingPeriodEndDay: 28,
    timeZone: "UTC",
  })
  await store.unit({ name: "bench.add-rate-plans" }, [
    sql`INSERT INTO rate_plan (tenant_id, service_provider_id, name, id, overage_rounding, sms_included, sms_cost,
        version, updated_at)
      SELECT ${TENANT}, ${id}, value, ${id} || value, 'exact', 0, 0, 1, 1
      FROM json_each(${JSON.stringify([FIRST_PLAN, SECOND_PLAN])})`,
  ])
  const iccids: string[] = []
  let rows: (string | null)[][] = []
  const write = async () => {
    await store.unit({ name: "bench.add-devices" }, [
      sql`INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status,
          carrier_status, carrier_rate_plan, communication_plan, content_hash, created_at, changed_at)
        SELECT ${TENANT}, ${id}, value->>0, ${id} || (value->>0), value->>0, substr(value->>0, 1, 19), 'active', value->>1,
          value->>2, value->>3, '', 1, 1 FROM json_each(${JSON.stringify(rows)})`,
    ])
    rows = []
  }
  for await (const device of linesOf<Record<string, string>>(account, "devices")) {
    if (device["ratePlan"] === FIRST_PLAN) continue
    iccids.push(device["iccid"] ?? "")
    rows.push(["iccid", "status", "ratePlan", "communicationPlan"].map((name) => device[name] ?? null))
    if (rows.length === 2_000) await write()
  }
  await write()
  return { account, id, iccids }
}

async function plan(ratePlan: string) {
  const asked = performance.now()
  const change = await receiveBulkChange(core, {
    tenantId: TENANT,
    createdBy: "bench",
    role: "operator",
    request: {
      serviceProviderId: providers[0]?.id,
      serviceProviderIds: providers.map(({ id }) => id),
      changeType: "CarrierRatePlanChange",
      devices: providers.flatMap(({ iccids }) => iccids),
      carrierRatePlanUpdate: { carrierRatePlan: ratePlan },
    },
  })
  const { id, planHash, refusedCount } = change
  console.log(`planned in ${((performance.now() - asked) / 1_000).toFixed(1)} s, ${refusedCount} refused`)
  await approveBulkChange(core, { tenantId: TENANT, id, planHash: planHash ?? "", approvedBy: "bench" })
  return id
}

async function work(until: () => boolean = () => false): Promise<void> {
  while (!until()) {
    const { nextDueAt } = await runDueJobs(core, {
      concurrency: providers.length,
      queues: ["bulk-change"],
      onJobEnded: ({ failure, error }) => failure && console.log(failure.code, failure.message, error),
    })
    if (nextDueAt === null) return
    await runtime.clock.sleep(Math.max(0, nextDueAt - runtime.clock.now()))
  }
}

async function applyToAll() {
  const id = await plan(FIRST_PLAN)
  const heapBefore = heapMb()
  const watching = watch()
  const cpu = process.cpuUsage()
  await work()
  const used = process.cpuUsage(cpu)
  const seen = watching.end()
  const grown = heapMb() - heapBefore
  const summary = await summarizeBulkChange(core, TENANT, id)
  const log = await verifyBulkChangeLog(core, { tenantId: TENANT, id })
  console.log(
    "| account | calls/s allowed | calls | seconds | used | refused for their rate | changed twice | not changed |",
  )
  console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
  for (const [index, { account, iccids }] of providers.entries()) {
    const { from, to, calls } = seen.accounts[index] ?? { from: 0, to: 0, calls: 0 }
    const { throttled } = await statsOf(account)
    const writes = new Map<string, number>()
    for await (const { iccid } of linesOf<JournaledWrite>(account, "writes"))
      writes.set(iccid, (writes.get(iccid) ?? 0) + 1)
    const twice = [...writes.values()].filter((count) => count > 1).length
    const missing = iccids.filter((iccid) => !writes.has(iccid)).length
    const share = calls / (((to - from) / 1_000) * account.rate)
    console.log(
      `| ${index + 1} | ${account.rate} | ${calls} | ${((to - from) / 1_000).toFixed(1)} | ${(share * 100).toFixed(1)} % | ${throttled} | ${twice} | ${missing} |`,
    )
    check(share >= USED_BAR, `account ${index + 1} uses ${USED_BAR * 100} % of its limit`)
    check(throttled === 0, `account ${index + 1} keeps its limit`)
    check(twice === 0 && missing === 0, `each device of account ${index + 1} is changed once`)
  }
  const { planned, processed, verified } = summary
  const cpuMs = (used.user + used.system) / 1_000 / planned
  console.log(
    `${processed} of ${planned} processed, ${verified} verified; ${log.sealed} log entries, ${log.isIntact ? "intact" : "BROKEN"}; ${cpuMs.toFixed(2)} ms CPU for each device, HTTP of its two calls included`,
  )
  console.log(
    `memory: ${seen.peak.toFixed(0)} MB at most, by quarters of the run ${seen.quarters.map((mb) => mb.toFixed(0)).join(", ")}; the heap is ${grown.toFixed(1)} MB larger than before`,
  )
  check(processed === planned && verified === planned, "all devices are processed and verified")
  check(log.isIntact && log.unsealed === 0, "the log is intact")
  const [, early = 0, , late = 0] = seen.quarters
  check(seen.peak <= PEAK_BAR_MB, `the process has ${PEAK_BAR_MB} MB at most`)
  check(late - early <= GROWTH_BAR_MB && grown <= GROWTH_BAR_MB, "the memory is flat")
}

/** What the heap holds, megabytes. */
function heapMb(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 2 ** 20
}

/** Looks at memory, and at what the carriers say of themselves, all the time. */
function watch() {
  const rss: number[] = []
  const states = accounts.map(() => ({ from: 0, to: 0, first: -1, calls: 0 }))
  const look = async () => {
    rss.push(process.memoryUsage.rss() / 2 ** 20)
    for (const [index, account] of accounts.entries()) {
      const { calls } = await statsOf(account)
      const state = states[index] as (typeof states)[number]
      const now = performance.now()
      if (state.first < 0) Object.assign(state, { first: calls, from: now, to: now })
      else if (calls > state.first + state.calls) Object.assign(state, { calls: calls - state.first, to: now })
      else if (state.calls === 0) state.from = now
    }
  }
  let looking = Promise.resolve()
  const timer = setInterval(() => {
    looking = looking.then(look).catch(() => undefined)
  }, 500)
  return {
    end() {
      clearInterval(timer)
      const quarter = Math.max(1, Math.ceil(rss.length / 4))
      const quarters = [0, 1, 2, 3].map((index) => Math.max(...rss.slice(index * quarter, (index + 1) * quarter)))
      return { accounts: states, peak: Math.max(...rss), quarters }
    },
  }
}

/** Cancels a bulk change when about a fiftieth of it is sent. */
async function cancelOnTheWay(): Promise<void> {
  const id = await plan(SECOND_PLAN)
  const working = work()
  const few = accounts.reduce((sum, { devices }) => sum + devices, 0) / 50
  const before = await callsSoFar()
  while ((await callsSoFar()) - before < few * 2) await runtime.clock.sleep(200)
  await cancelBulkChange(core, { tenantId: TENANT, id, cancelledBy: "bench" })
  const at = Date.now()
  await working
  const sentAfter = await Promise.all(
    accounts.map(async (account) => {
      let count = 0
      for await (const write of linesOf<JournaledWrite>(account, "writes")) if (write.at > at) count++
      return count
    }),
  )
  const { state } = await getBulkChange(core, TENANT, id)
  const { processed, cancelled, unknown, planned } = await summarizeBulkChange(core, TENANT, id)
  console.log(
    `${state}: ${processed} processed, ${cancelled} cancelled, ${unknown} unknown of ${planned}; sent after the cancel: ${sentAfter.join(", ")}`,
  )
  check(state === "cancelled" && processed + cancelled === planned, "a cancel ends with every device done or not done")
  check(
    sentAfter.every((count) => count <= CALLS_PER_BATCH),
    "a cancel is effective within one batch",
  )
}

async function callsSoFar(): Promise<number> {
  const stats = await Promise.all(accounts.map(statsOf))
  return stats.reduce((sum, { calls }) => sum + calls, 0)
}
