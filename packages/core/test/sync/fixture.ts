import { createClient } from "../../src/store/node/mod.ts"
import { sql } from "drizzle-orm"
import { expect } from "vitest"
import {
  countDevicesWithUsage,
  countListedDevices,
  eachDeviceWithUsage,
  findDevice,
  findDevicesByCarrierId,
  findUnknownCommunicationPlans,
  listDevices,
} from "../../src/inventory/mod.ts"
import { runDueJobs } from "../../src/jobs/mod.ts"
import type {
  Carrier,
  ListedDevice,
  ListedRatePlan,
  ListedUsage,
  ScanCertificate,
  ScanRequest,
} from "../../src/ports/mod.ts"
import { createServiceProvider } from "../../src/providers/mod.ts"
import { openStore, type Store } from "../../src/store/mod.ts"
import { getSyncRun, type SyncRun, type SyncSettings, startSyncRun, syncHandlers } from "../../src/sync/mod.ts"
import { createTenant, importSealingKey } from "../../src/tenancy/mod.ts"
import { type FaultPlan, faultPlan, faultyCarrier, faultyStore, testRuntime } from "../../src/testing/mod.ts"

export const device = (number: number, changes: Partial<ListedDevice> = {}): ListedDevice => {
  const iccid = `8900000000000000${String(number).padStart(3, "0")}`
  return {
    carrierDeviceId: iccid,
    iccid,
    status: "active",
    carrierStatus: "ACTIVATED",
    ratePlan: "A",
    communicationPlan: "Metering",
    ...changes,
  }
}

const ratePlan = (name: string): ListedRatePlan => ({
  name,
  monthly: 1_000_000,
  includedBytes: 1_048_576,
  pool: name,
  overageCost: 100_000,
  overageBlockBytes: 1_048_576,
  overageRounding: "exact",
  smsIncluded: 0,
  smsCost: 0,
  version: 2,
})

export interface FakeFleet {
  devices: ListedDevice[]
  ratePlans: ListedRatePlan[]
  usage: ListedUsage[]
  certificate?: Partial<ScanCertificate>
  onScanEnd?: () => void
  /** The list ends with a page without rows, as it does where it fills its pages exactly. */
  endsWithEmptyPage?: boolean
  /** Carrier ids that `get` finds although they are not listed. */
  unlisted?: string[]
  /** Carrier ids of all devices that were ever on the list. @default those on it now */
  everSeen?: string[]
  /** What the list was asked for. */
  requests?: ScanRequest[]
  /** Runs before a page is given. What it throws, the carrier throws. */
  onPage?: (page: number) => void | Promise<void>
}

/** A carrier of two rows a page whose checkpoints are page numbers. */
function fakeCarrier(fleet: FakeFleet): Carrier {
  return {
    capabilities: {} as Carrier["capabilities"],
    async *list(request) {
      const pages = Math.ceil(fleet.devices.length / 2)
      fleet.requests?.push(request)
      for (let page = Number(request.checkpoint ?? 0); page < pages; page++) {
        await fleet.onPage?.(page)
        const rows = fleet.devices.slice(page * 2, page * 2 + 2)
        yield { rows, checkpoint: String(page + 1), pagesRead: page + 1, pagesExpected: pages }
      }
      if (fleet.endsWithEmptyPage) {
        yield { rows: [], checkpoint: String(pages), pagesRead: pages + 1, pagesExpected: pages + 1 }
      }
      expect(await request.countStored()).toBe(new Set(fleet.devices.map((row) => row.carrierDeviceId)).size)
      const given = fleet.certificate
      fleet.onScanEnd?.()
      return {
        certified: true,
        reason: null,
        scope: request.scope,
        method: "fake",
        calls: pages,
        pages,
        rows: fleet.devices.length,
        duplicates: 0,
        rounds: 1,
        startedAt: 0,
        finishedAt: 0,
        assumptions: [],
        ...given,
      }
    },
    get: async (id) =>
      fleet.devices.find((row) => row.carrierDeviceId === id) ?? (fleet.unlisted?.includes(id) ? device(0) : undefined),
    ratePlans: async () => fleet.ratePlans,
    async *usage(request) {
      expect(request.ratePlans.map(({ name }) => name)).toEqual(fleet.ratePlans.map(({ name }) => name))
      for (let at = Number(request.checkpoint ?? 0); at < fleet.usage.length; at++) {
        yield { rows: [fleet.usage[at] as ListedUsage], checkpoint: String(at + 1), pagesRead: at + 1 }
      }
    },
    change: () => Promise.reject(new Error("not part of a sync")),
    readBack: () => Promise.reject(new Error("not part of a sync")),
  }
}

export interface WorldOptions {
  /** @default one in memory */
  readonly open?: (runtime: ReturnType<typeof testRuntime>) => Promise<Store>
  /** When the provider's billing periods end. @default on day 18 at midnight, UTC */
  readonly periods?: Pick<
    Parameters<typeof createServiceProvider>[2],
    "billingPeriodEndDay" | "billingPeriodEndHour" | "timeZone"
  >
}

const inMemory = (runtime: ReturnType<typeof testRuntime>) => openStore({ url: ":memory:", createClient, runtime })

export async function setUp(
  fleet: FakeFleet,
  plan: FaultPlan = faultPlan(),
  settings: Partial<SyncSettings> = {},
  { open = inMemory, periods = { billingPeriodEndDay: 18, timeZone: "UTC" } }: WorldOptions = {},
) {
  const runtime = testRuntime({ seed: 1, startAt: Date.UTC(2026, 10, 22) })
  const store = await open(runtime)
  const platform = { store, runtime }
  await createTenant(platform, { id: "1", name: "One" })
  const sealingKey = await importSealingKey(Buffer.alloc(32, 7).toString("base64"))
  const provider = await createServiceProvider(platform, sealingKey, {
    tenantId: "1",
    name: "Carrier",
    integrationType: "Jasper",
    baseUrl: "https://carrier.example",
    username: "u",
    apiKey: "k",
    ...periods,
  })
  const ended: SyncRun[] = []
  const host = {
    runtime,
    store: faultyStore(store, plan),
    handlers: syncHandlers({
      carrierFor: async () => faultyCarrier(fakeCarrier(fleet), plan),
      afterSuccess: (run) => {
        ended.push(run)
        return []
      },
      settings: { pagesPerUnit: 1, pagesPerSlice: 2, promotionChunk: 2, ...settings },
    }),
  }
  const start = (lookback: "all" | "month" = "all") =>
    startSyncRun(platform, { tenantId: "1", serviceProviderId: provider.id, lookback })
  const startIncremental = (since?: number) =>
    startSyncRun(platform, {
      tenantId: "1",
      serviceProviderId: provider.id,
      mode: "incremental",
      ...(since !== undefined && { since }),
    })
  const drain = async () => {
    for (let rounds = 0; rounds < 50; rounds++) {
      const { nextDueAt } = await runDueJobs(host)
      if (nextDueAt === null) return
      await runtime.clock.advance(Math.max(0, nextDueAt - runtime.clock.now()))
    }
  }
  const sync = async (lookback?: "all" | "month") => {
    const id = await start(lookback)
    await drain()
    return getSyncRun(platform, "1", id)
  }
  const inventory = async () =>
    (await listDevices(platform, { tenantId: "1" })).map(({ iccid, status, carrierRatePlan, missingSince }) => ({
      iccid,
      status,
      carrierRatePlan,
      missing: missingSince !== null,
    }))
  const usage = () =>
    store.rows(
      sql`SELECT carrier_device_id AS id, bytes, sms_count AS sms FROM device_usage ORDER BY carrier_device_id`,
    )
  /** The fleet as every reader of the inventory sees it; a reader that disagrees with another fails the test. */
  const fleetNow = async () => {
    const scope = { tenantId: "1", serviceProviderId: provider.id }
    const ids = fleet.everSeen ?? fleet.devices.map(({ carrierDeviceId }) => carrierDeviceId)
    const listed = await listDevices(platform, { tenantId: "1", limit: 1_000 })
    const present = listed.filter(({ missingSince }) => missingSince === null)
    const found = await findDevicesByCarrierId(platform, { ...scope, carrierDeviceIds: ids })
    expect([...found].sort((a, b) => a.id.localeCompare(b.id))).toEqual(listed)
    for (const one of listed) {
      expect(await findDevice(platform, "1", one.id)).toEqual(one)
      expect(await listDevices(platform, { tenantId: "1", iccid: one.iccid })).toEqual([one])
    }
    expect(await countListedDevices(platform, "1", provider.id)).toBe(present.length)
    const used = []
    const usedCounts: number[] = []
    for (const { id } of await store.rows<{ id: string }>(sql`SELECT id FROM billing_period`)) {
      for await (const page of eachDeviceWithUsage(platform, { ...scope, billingPeriodId: id, limit: 2 }))
        used.push(...page)
      usedCounts.push(await countDevicesWithUsage(platform, "1", provider.id, id))
    }
    expect(used.map((row) => row.carrierDeviceId)).toEqual(present.map((row) => row.carrierDeviceId).sort())
    expect(await findUnknownCommunicationPlans(platform, "1", provider.id)).toEqual(
      [...new Set(listed.map((row) => row.communicationPlan))].sort(),
    )
    return {
      usedCounts,
      devices: listed.map(({ carrierDeviceId, status, carrierRatePlan, missingSince }) => ({
        carrierDeviceId,
        status,
        carrierRatePlan,
        missing: missingSince !== null,
      })),
      usage: used.map(({ carrierDeviceId, carrierRatePlan, bytes, smsCount }) => ({
        carrierDeviceId,
        carrierRatePlan,
        bytes,
        smsCount,
      })),
    }
  }
  return { platform, provider, host, runtime, start, startIncremental, drain, sync, inventory, usage, fleetNow, ended }
}

export const smallFleet = (): FakeFleet => ({
  devices: [1, 2, 3, 4, 5, 6, 7].map((number) => device(number)),
  ratePlans: [ratePlan("A"), ratePlan("B")],
  usage: [
    { carrierDeviceId: device(1).iccid, part: "A/2/Home", bytes: 100, smsCount: 1 },
    { carrierDeviceId: device(1).iccid, part: "A/1/Home", bytes: 20, smsCount: 0 },
    { carrierDeviceId: device(1).iccid, part: "A/2/Roaming", bytes: 3, smsCount: 2 },
    { carrierDeviceId: device(2).iccid, part: "B/2/Home", bytes: 5, smsCount: 0 },
  ],
})
