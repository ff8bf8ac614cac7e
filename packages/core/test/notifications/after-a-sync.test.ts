import { createSimulator, DEFAULT_CREDENTIALS } from "@altaworx/jasper-client/simulator"
import { createClient } from "@libsql/client"
import { describe, expect, it } from "vitest"
import { controlCenter } from "../../src/carriers/control-center/mod.ts"
import { createCore } from "../../src/create-core.ts"
import { listDeadJobs, runDueJobs } from "../../src/jobs/mod.ts"
import { type Deliverer, NOTIFICATION_TYPES, type NotificationEvent } from "../../src/notifications/mod.ts"
import { systemRuntime } from "../../src/ports/mod.ts"
import { createServiceProvider } from "../../src/providers/mod.ts"
import { openStore } from "../../src/store/mod.ts"
import { startSyncRun } from "../../src/sync/mod.ts"
import { createTenant, importSealingKey } from "../../src/tenancy/mod.ts"

describe("after a sync", () => {
  it("everybody who wants to know is told of its summary, and of each device once", async () => {
    const simulator = createSimulator({ seed: 7, devices: 620, callsPerSecond: 10_000 })
    const runtime = { ...systemRuntime(), fetch: simulator.fetch }
    const store = await openStore({ url: ":memory:", createClient, runtime })
    const sealingKey = await importSealingKey(btoa("k".repeat(32)))
    const events: NotificationEvent[] = []
    const collector: Deliverer = {
      name: "collector",
      takes: NOTIFICATION_TYPES,
      receiversOf: async () => ({ state: "on", receivers: [""] }),
      deliver: async ({ event }) => {
        events.push(event)
        return []
      },
    }
    const core = createCore({
      store,
      runtime,
      sealingKey,
      connectors: { Jasper: (account, host) => controlCenter(account, host, { callsPerSecond: 10_000 }) },
      deliverers: [collector],
    })
    const tenant = await createTenant(core, { name: "Example" })
    const provider = await createServiceProvider(core, sealingKey, {
      tenantId: tenant.id,
      name: "Our Control Center",
      integrationType: "Jasper",
      baseUrl: "https://simulator.example",
      username: DEFAULT_CREDENTIALS.username,
      apiKey: DEFAULT_CREDENTIALS.apiKey,
      billingPeriodEndDay: 28,
      timeZone: "UTC",
    })
    await startSyncRun(core, { tenantId: tenant.id, serviceProviderId: provider.id })
    await runDueJobs(core)

    expect(await listDeadJobs(core, tenant.id)).toEqual([])
    const summaries = events.filter((event) => event.type === "sync.summary")
    expect(summaries).toMatchObject([{ serviceProviderName: "Our Control Center", deviceCount: 620 }])
    const told = events.flatMap((event) => (event.type === "device.changed" ? event.devices : []))
    expect(told).toHaveLength(620)
    expect(new Set(told.map(({ carrierDeviceId }) => carrierDeviceId)).size).toBe(620)
    expect(told.some(({ dataBytes }) => (dataBytes ?? 0) > 0)).toBe(true)
    store.close()
  })
})
