import { controlCenter } from "@altaworx/core/carriers/control-center"
import { runDueJobs } from "@altaworx/core/jobs"
import { type Carrier, type Runtime, systemRuntime } from "@altaworx/core/ports"
import { ensureServiceProvider } from "@altaworx/core/providers"
import { openStore, type Store } from "@altaworx/core/store"
import { createClient } from "@altaworx/core/store/node"
import { findLatestSyncRun, startSyncRun, type SyncRun, syncHandlers } from "@altaworx/core/sync"
import { createTenant, importSealingKey } from "@altaworx/core/tenancy"

/** One tenant with one carrier account, and the jobs of a sync. */
export interface SyncWorld {
  readonly store: Store
  /** Starts a sync of all devices and runs its jobs, or as many as `maxJobs`. */
  sync(carrier: Carrier, maxJobs?: number): Promise<void>
  /** Runs the jobs that are left. */
  drain(carrier: Carrier): Promise<void>
  run(): Promise<SyncRun>
}

const TENANT = "1"

export async function openSyncWorld(path: string): Promise<SyncWorld> {
  const runtime = systemRuntime()
  const store = await openStore({ url: `file:${path}`, createClient, runtime })
  const core = { store, runtime }
  const sealingKey = await importSealingKey(Buffer.alloc(32, 7).toString("base64"))
  await createTenant(core, { id: TENANT, name: "Bench" })
  const provider = await ensureServiceProvider(core, sealingKey, {
    tenantId: TENANT,
    name: "Made-up carrier",
    integrationType: "Jasper",
    baseUrl: "https://carrier.example",
    username: "u",
    apiKey: "k",
    billingPeriodEndDay: 28,
    billingPeriodEndHour: 0,
    timeZone: "UTC",
  })
  const scope = { tenantId: TENANT, serviceProviderId: provider.id }
  const drain = async (carrier: Carrier, maxJobs?: number) => {
    const handlers = syncHandlers({
      carrierFor: async () => carrier,
      afterSuccess: () => [],
      // One job for the whole list, so that a sync is three jobs: devices, usage, promotion.
      settings: { pagesPerSlice: 1e9 },
    })
    await runDueJobs({ ...core, handlers }, maxJobs === undefined ? {} : { maxJobs })
  }
  return {
    store,
    drain,
    async sync(carrier, maxJobs) {
      await startSyncRun(core, { ...scope, lookback: "all" })
      await drain(carrier, maxJobs)
    },
    async run() {
      const run = await findLatestSyncRun(core, TENANT, provider.id)
      if (!run || run.status === "failed") throw new Error(`The sync failed: ${run?.errorMessage}`)
      return run
    },
  }
}

/**
 * A Control Center account behind a `fetch` that answers at once from bodies made before: what is measured is all that
 * this package does with an answer, from its text to its row.
 */
export function cannedCarrier(devices: number): Carrier {
  const pages = Array.from({ length: Math.ceil(devices / 50) }, (_, page) => {
    const rows = Array.from({ length: Math.min(50, devices - page * 50) }, (_, i) => ({
      iccid: `8901260123${String(page * 50 + i).padStart(9, "0")}`,
      status: "ACTIVATED",
      ratePlan: "Flex 1MB",
      communicationPlan: `Communication ${i % 5}`,
    }))
    return JSON.stringify({ pageNumber: page + 1, lastPage: page === Math.ceil(devices / 50) - 1, devices: rows })
  })
  const answer = (body: string) =>
    new Response(body, { headers: { "content-type": "application/json", date: new Date().toUTCString() } })
  const fetch: Runtime["fetch"] = async (input) => {
    const url = new URL(input instanceof Request ? input.url : input)
    if (!url.pathname.endsWith("/devices"))
      return answer(JSON.stringify({ pageNumber: 1, lastPage: true, ratePlans: [] }))
    // The whole list is asked from before all time, what changed meanwhile from just now: nothing did.
    const since = url.searchParams.get("modifiedSince") ?? ""
    const page = Number(url.searchParams.get("pageNumber") ?? 1)
    const body = since < "2010" ? pages[page - 1] : undefined
    return answer(body ?? JSON.stringify({ pageNumber: page, lastPage: true, devices: [] }))
  }
  const account = { baseUrl: "https://carrier.example", username: "u", apiKey: "k" }
  return controlCenter(account, { ...systemRuntime(), fetch }, { callsPerSecond: 1e6 })
}
