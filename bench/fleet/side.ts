/** The process that syncs: `side.ts FOLDER DEVICES RATE URL USERNAME KEY`. */
import { join } from "node:path"
import { createCore } from "@altaworx/core"
import { controlCenter } from "@altaworx/core/carriers/control-center"
import { countListedDevices } from "@altaworx/core/inventory"
import { runDueJobs } from "@altaworx/core/jobs"
import { systemRuntime } from "@altaworx/core/ports"
import { createServiceProvider } from "@altaworx/core/providers"
import { openStore } from "@altaworx/core/store"
import { getSyncRun, startSyncRun } from "@altaworx/core/sync"
import { createTenant, importSealingKey } from "@altaworx/core/tenancy"
import { createClient } from "@altaworx/core/store/node"

const PEAK_BAR_MB = 400

const [folder = ".", devices = "1000000", rate = "20000", baseUrl = "", username = "", apiKey = ""] =
  process.argv.slice(2)
await syncTwice()

async function syncTwice(): Promise<void> {
  const runtime = systemRuntime()
  const store = await openStore({ url: `file:${join(folder, "fleet.db")}`, createClient, runtime })
  const sealingKey = await importSealingKey(Buffer.alloc(32, 7).toString("base64"))
  const core = createCore({
    store,
    runtime,
    sealingKey,
    connectors: {
      Jasper: (account) => controlCenter(account, runtime, { callsPerSecond: Number(rate), scanMarginMs: 500 }),
    },
  })
  await createTenant(core, { id: "1", name: "Bench" })
  const provider = await createServiceProvider(core, sealingKey, {
    tenantId: "1",
    name: "Simulated Control Center",
    integrationType: "Jasper",
    baseUrl,
    username,
    apiKey,
    billingPeriodEndDay: 28,
    timeZone: "UTC",
  })
  console.log("| sync | phase | seconds | peak MB | largest gap ms |")
  console.log("| --- | --- | ---: | ---: | ---: |")
  console.log(`| | before | | ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} | |`)
  for (const name of ["first", "second"]) {
    const id = await startSyncRun(core, { tenantId: "1", serviceProviderId: provider.id, lookback: "all" })
    const watching = watch(async () => (await getSyncRun(core, "1", id)).phase)
    for (let left = true; left; ) {
      const { nextDueAt } = await runDueJobs(core, { queues: ["sync"] })
      const { status } = await getSyncRun(core, "1", id)
      left = status === "active" && nextDueAt !== null
      if (left) await runtime.clock.sleep(Math.max(0, (nextDueAt ?? 0) - runtime.clock.now()))
    }
    const phases = await watching.end()
    const run = await getSyncRun(core, "1", id)
    for (const [phase, { ms, peak, gap }] of phases) {
      console.log(
        `| ${name} | ${phase} | ${(ms / 1_000).toFixed(1)} | ${(peak / 2 ** 20).toFixed(0)} | ${gap.toFixed(0)} |`,
      )
    }
    const listed = await countListedDevices(core, "1", provider.id)
    console.log(
      `${name}: ${run.status}, ${run.inserted} new, ${run.updated} changed, ${run.unchanged} unchanged, ${run.rejected} rejected, ${run.missing} missing, ${listed} listed, ${run.certificate?.calls} calls for the list`,
    )
    const peak = Math.max(...[...phases.values()].map((phase) => phase.peak)) / 2 ** 20
    if (run.status !== "succeeded" || listed + run.rejected !== Number(devices) || !(peak <= PEAK_BAR_MB))
      process.exitCode = 1
  }
  store.close()
}

/** Looks at memory and time every few milliseconds, by the phase that the run is in. */
function watch(phaseNow: () => Promise<string>) {
  const phases = new Map<string, { ms: number; peak: number; gap: number }>()
  let phase = "devices"
  let at = performance.now()
  const look = setInterval(() => {
    const now = performance.now()
    const seen = phases.get(phase) ?? { ms: 0, peak: 0, gap: 0 }
    phases.set(phase, {
      ms: seen.ms + now - at,
      peak: Math.max(seen.peak, process.memoryUsage.rss()),
      gap: Math.max(seen.gap, now - at),
    })
    at = now
  }, 5)
  const ask = setInterval(() => void phaseNow().then((now) => (phase = now)), 200)
  return {
    async end() {
      clearInterval(look)
      clearInterval(ask)
      return phases
    },
  }
}
