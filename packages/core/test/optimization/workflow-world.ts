import { createClient } from "@libsql/client"
import { createCore } from "../../src/create-core.ts"
import { ensureBillingPeriod, setPermittedRatePlans } from "../../src/inventory/mod.ts"
import { receiveMessages, runDueJobs } from "../../src/jobs/mod.ts"
import { listOptimizationSessions } from "../../src/optimization/mod.ts"
import type { Carrier, ListedDevice, ListedUsage } from "../../src/ports/mod.ts"
import { billingScheduleOf, createServiceProvider, type ServiceProviderSettings } from "../../src/providers/mod.ts"
import { openStore, type Store } from "../../src/store/mod.ts"
import { createTenant, importSealingKey } from "../../src/tenancy/mod.ts"
import { testRuntime } from "../../src/testing/mod.ts"
import { recordEvents } from "./record-events.ts"

const MB = 1024 ** 2

export interface SmallCarrier {
  devices: ListedDevice[]
  usage: ListedUsage[]
  /** Thrown by the device list. */
  fault?: Error | undefined
  /** What a read of one device throws, and how many such reads there were. */
  readFault?: ((id: string) => Error | undefined) | undefined
  reads: number
}

export const listed = (number: number, changes: Partial<ListedDevice> = {}): ListedDevice => {
  const iccid = `8900000000000000${String(number).padStart(3, "0")}`
  return {
    carrierDeviceId: iccid,
    iccid,
    status: "active",
    carrierStatus: "ACTIVATED",
    ratePlan: "Large",
    communicationPlan: "Cars",
    ...changes,
  }
}

const plan = (name: string, monthly: number, mb: number) => ({
  name,
  monthly,
  includedBytes: mb * MB,
  pool: null,
  overageCost: 100_000,
  overageBlockBytes: MB,
  overageRounding: "exact" as const,
  smsIncluded: 0,
  smsCost: 0,
  version: 1,
})

function carrierOf(fleet: SmallCarrier): Carrier {
  return {
    capabilities: { integrationType: "Jasper" } as Carrier["capabilities"],
    async *list(request) {
      if (fleet.fault) throw fleet.fault
      yield { rows: fleet.devices, checkpoint: "1", pagesRead: 1, pagesExpected: 1 }
      return {
        certified: true,
        reason: null,
        scope: request.scope,
        method: "fake",
        calls: 1,
        pages: 1,
        rows: fleet.devices.length,
        duplicates: 0,
        rounds: 1,
        startedAt: 0,
        finishedAt: 0,
        assumptions: [],
      }
    },
    get: async (id) => {
      fleet.reads++
      const fault = fleet.readFault?.(id)
      if (fault) throw fault
      const row = fleet.devices.find(({ carrierDeviceId }) => carrierDeviceId === id)
      return row && { ...row, details: { msisdn: null, imei: null, eid: null, activatedAt: 0, fields: {} } }
    },
    ratePlans: async () => [plan("Small", 1_000_000, 5), plan("Large", 4_000_000, 50)],
    async *usage(request) {
      if (request.checkpoint === undefined) yield { rows: fleet.usage, checkpoint: "1", pagesRead: 1 }
    },
    change: () => Promise.reject(new Error("not part of this")),
    readBack: () => Promise.reject(new Error("not part of this")),
  }
}

/** The whole platform with one small carrier: messages in, events out. */
export async function openWorkflow(
  options: {
    readonly now?: number
    readonly provider?: Partial<ServiceProviderSettings>
    readonly core?: Partial<Parameters<typeof createCore>[0]>
    /** @default one with a virtual clock at `now` */
    readonly runtime?: ReturnType<typeof testRuntime>
    readonly wrap?: (store: Store) => Store
  } = {},
) {
  const runtime = options.runtime ?? testRuntime({ seed: 3, startAt: options.now ?? Date.UTC(2026, 1, 10, 12) })
  const plain = await openStore({ url: ":memory:", createClient, runtime })
  const store = options.wrap?.(plain) ?? plain
  const sealingKey = await importSealingKey(Buffer.alloc(32, 7).toString("base64"))
  const fleet: SmallCarrier = {
    reads: 0,
    devices: [listed(1), listed(2), listed(3)],
    usage: [1, 2, 40].map((mb, at) => ({
      carrierDeviceId: listed(at + 1).iccid,
      part: "Large",
      bytes: mb * MB,
      smsCount: 0,
    })),
  }
  const { recorder, events } = recordEvents()
  const core = createCore({
    store,
    runtime,
    sealingKey,
    connectors: { Jasper: () => carrierOf(fleet), Telegence: () => carrierOf(fleet), eBonding: () => carrierOf(fleet) },
    deliverers: [recorder],
    ...options.core,
  })
  const tenantId = "t1"
  await createTenant(core, { id: tenantId, name: "One" })
  await createTenant(core, { id: "t2", name: "Two" })
  const provider = await createServiceProvider(core, sealingKey, {
    tenantId,
    name: "Carrier",
    integrationType: "Jasper",
    baseUrl: "https://carrier.example",
    username: "u",
    apiKey: "k",
    billingPeriodEndDay: 18,
    timeZone: "UTC",
    ...options.provider,
  })
  const scope = { tenantId, serviceProviderId: provider.id }
  await setPermittedRatePlans(core, { ...scope, communicationPlan: "Cars", ratePlans: ["Small", "Large"] })
  const period = await ensureBillingPeriod(core, {
    ...scope,
    schedule: billingScheduleOf(provider),
    at: runtime.clock.now(),
  })
  const drain = async (untilMs = Number.POSITIVE_INFINITY) => {
    for (let rounds = 0; rounds < 500; rounds++) {
      const { nextDueAt } = await runDueJobs(core)
      if (nextDueAt === null || nextDueAt > untilMs) return
      await runtime.clock.sleep(Math.max(0, nextDueAt - runtime.clock.now()))
    }
    throw new Error("The jobs do not end")
  }
  let messages = 0
  const send = (attributes: Record<string, string>, id = `m${++messages}`) =>
    receiveMessages(core, { source: "optimization" }, [{ id, attributes, body: "" }])
  const asked = { ServiceProviderId: provider.id, BillPeriodId: period.id, TenantId: tenantId }
  const sessions = () => listOptimizationSessions(core, { tenantId })
  return { core, runtime, fleet, events, provider, scope, period, drain, send, asked, sessions, tenantId }
}
