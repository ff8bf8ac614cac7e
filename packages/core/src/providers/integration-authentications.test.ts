import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Carrier, ListedDevice, ListedRatePlan, ScanCertificate } from "../ports/mod.ts"
import { systemRuntime } from "../ports/mod.ts"
import { openStore, type Platform } from "../store/mod.ts"
import { createTenant, importSealingKey, listAuditEntries, type SealingKey } from "../tenancy/mod.ts"
import {
  checkSealingKey,
  createServiceProvider,
  findDeviceAuthentications,
  joinAccounts,
  listIntegrationAuthentications,
  openCredentials,
  removeIntegrationAuthentication,
  resealCredentials,
  type ServiceProvider,
  setIntegrationAuthentication,
} from "./mod.ts"

const OLD_KEY = btoa("k".repeat(32))
const NEW_KEY = btoa("n".repeat(32))
const CANARY = "canary-api-key-7f3a"
const settings = {
  tenantId: "1",
  name: "North",
  integrationType: "Jasper",
  baseUrl: "https://carrier.example",
  username: "north",
  apiKey: "north-key",
  billingPeriodEndDay: 18,
  timeZone: "UTC",
}

let core: Platform
let sealingKey: SealingKey
let provider: ServiceProvider
const scope = () => ({ tenantId: "1", serviceProviderId: provider.id })
const open = (id?: string, key = sealingKey) => openCredentials(core, key, "1", provider.id, id)

beforeEach(async () => {
  const runtime = systemRuntime()
  core = { store: await openStore({ url: ":memory:", createClient, runtime }), runtime }
  sealingKey = await importSealingKey(OLD_KEY)
  await createTenant(core, { id: "1", name: "First" })
  await createTenant(core, { id: "2", name: "Second" })
  provider = await createServiceProvider(core, sealingKey, settings)
})
afterEach(() => core.store.close())

describe("setIntegrationAuthentication()", () => {
  const add = (changes = {}) =>
    setIntegrationAuthentication(core, sealingKey, {
      ...scope(),
      name: "South",
      username: "south",
      apiKey: CANARY,
      actor: "anna",
      ...changes,
    })

  it("adds credentials beside the provider's own, sealed; the same name again replaces them", async () => {
    const added = await add()
    expect(await listIntegrationAuthentications(core, "1", provider.id)).toMatchObject([
      { id: provider.id, name: "North", username: "north" },
      { id: added.id, name: "South", username: "south" },
    ])
    expect(await open(added.id)).toEqual({ baseUrl: settings.baseUrl, username: "south", apiKey: CANARY })
    expect(await open()).toMatchObject({ username: "north", apiKey: "north-key" })
    const rows = JSON.stringify([
      await core.store.rows(sql`SELECT * FROM integration_authentication`),
      await listAuditEntries(core, "1"),
    ])
    expect(rows).not.toContain(CANARY)
    expect(rows).toContain("integration-authentication.set")

    const again = await add({ username: "south-2", apiKey: "other-key" })
    expect(again.id).toBe(added.id)
    expect(await open(added.id)).toMatchObject({ username: "south-2", apiKey: "other-key" })
  })

  it("refuses bad input by its field, and providers of other tenants", async () => {
    await expect(add({ name: "" })).rejects.toMatchObject({ code: "input.invalid", field: "name" })
    await expect(add({ username: "\n" })).rejects.toMatchObject({ code: "input.invalid", field: "username" })
    await expect(add({ apiKey: "" })).rejects.toMatchObject({ code: "input.invalid", field: "apiKey" })
    await expect(add({ name: "North" })).rejects.toMatchObject({ code: "store.constraint", field: "name" })
    await expect(add({ tenantId: "2" })).rejects.toMatchObject({ code: "input.not_found" })
    expect(await listIntegrationAuthentications(core, "1", provider.id)).toHaveLength(1)
  })

  it("takes part in a change of the sealing key, and in the check of a host that starts", async () => {
    const { id } = await add()
    const rotated = await importSealingKey(NEW_KEY, [OLD_KEY])
    expect(await resealCredentials(core, rotated)).toEqual({ resealed: 2, unreadable: 0 })
    const alone = await importSealingKey(NEW_KEY)
    expect(await open(id, alone)).toMatchObject({ apiKey: CANARY })
    await checkSealingKey(core, alone)
    await expect(checkSealingKey(core, sealingKey)).rejects.toMatchObject({ code: "secret.unreadable" })
  })

  it("is taken away by removeIntegrationAuthentication(), the provider's own is not", async () => {
    const { id } = await add()
    await removeIntegrationAuthentication(core, { ...scope(), id })
    expect(await listIntegrationAuthentications(core, "1", provider.id)).toHaveLength(1)
    await expect(open(id)).rejects.toMatchObject({ code: "input.not_found" })
    const own = { ...scope(), id: provider.id }
    await expect(removeIntegrationAuthentication(core, own)).rejects.toMatchObject({ code: "input.not_found" })
  })
})

const certificate = (changes: Partial<ScanCertificate>): ScanCertificate => ({
  certified: true,
  reason: null,
  scope: "all",
  method: "fake",
  calls: 1,
  pages: 1,
  rows: 1,
  duplicates: 0,
  rounds: 0,
  startedAt: 5,
  finishedAt: 9,
  assumptions: [],
  ...changes,
})

/** An account that lists its devices one by one, and counts what is stored of them at the end. */
function account(ids: string[], proves: Partial<ScanCertificate> = {}) {
  const counted: number[] = []
  const changed: string[] = []
  const row = (id: string) => ({ carrierDeviceId: id, iccid: id }) as ListedDevice
  const carrier: Pick<Carrier, "list" | "get" | "ratePlans" | "change"> = {
    async *list({ checkpoint = "0", countStored }) {
      for (let at = Number(checkpoint); at < ids.length; at++) {
        const pages = { pagesRead: at + 1, pagesExpected: ids.length }
        yield { rows: [row(ids[at] as string)], checkpoint: String(at + 1), ...pages }
      }
      counted.push(await countStored())
      return certificate({ rows: ids.length, pages: ids.length, ...proves })
    },
    get: async (id: string) => (ids.includes(id) ? row(id) : undefined),
    ratePlans: async () => [],
    change: async ({ carrierDeviceId }) => {
      changed.push(carrierDeviceId)
      return { outcome: "applied", code: null, text: "" }
    },
  }
  return { carrier: { capabilities: {}, ...carrier } as Carrier, counted, changed, ids }
}

describe("joinAccounts()", () => {
  const join = (north: Carrier, south: Carrier) =>
    joinAccounts(core, scope(), [
      { authenticationId: provider.id, carrier: north },
      { authenticationId: "south", carrier: south },
    ])

  /** Reads a list as a sync does; each batch by a scan of its own that goes on from the checkpoint. */
  async function scan(carrier: Carrier, inSlices: boolean) {
    const stored = new Set<string>()
    const countStored = async () => stored.size
    let checkpoint: string | undefined
    for (;;) {
      const batches = carrier.list({ scope: "all", countStored, ...(checkpoint !== undefined && { checkpoint }) })
      for (let step = await batches.next(); ; step = await batches.next()) {
        if (step.done) return { stored: [...stored], certificate: step.value }
        for (const { carrierDeviceId } of step.value.rows) stored.add(carrierDeviceId)
        checkpoint = step.value.checkpoint
        if (!inSlices) continue
        await batches.return(undefined as never)
        break
      }
    }
  }

  it.each([false, true])("proves of all accounts what each proves of itself (in slices: %s)", async (inSlices) => {
    const north = account(["1", "2", "3"], { carrierStartedAt: 20, startedAt: 4 })
    const south = account(["4", "5"], { carrierStartedAt: 40, finishedAt: 11 })
    const { stored, certificate: all } = await scan(join(north.carrier, south.carrier), inSlices)
    expect(stored).toEqual(["1", "2", "3", "4", "5"])
    // Each account's own devices are counted, not those that were stored before it.
    expect([north.counted.at(-1), south.counted.at(-1)]).toEqual([3, 2])
    expect(all).toMatchObject({
      certified: true,
      rows: 5,
      pages: 5,
      startedAt: 4,
      finishedAt: 11,
      carrierStartedAt: 20,
    })
  })

  it("proves nothing where one of them cannot, and has no instant where one tells none", async () => {
    const reason = "the churn outran the scan"
    const failing = account(["1"], { certified: false, reason })
    const { certificate: all } = await scan(join(failing.carrier, account(["2"]).carrier), false)
    expect(all).toMatchObject({ certified: false, reason })
    expect("carrierStartedAt" in all).toBe(false)
  })

  it("sends a change to the account that lists the device, also after it was moved, and to none but that", async () => {
    const north = account(["1", "2"])
    const south = account(["3"])
    const carrier = join(north.carrier, south.carrier)
    await scan(carrier, false)
    const change = (carrierDeviceId: string) =>
      carrier.change({ id: "i", carrierDeviceId } as Parameters<Carrier["change"]>[0])
    expect((await findDeviceAuthentications(core, scope(), ["3"])).get("3")).toBe("south")
    await change("3")
    expect([north.changed, south.changed]).toEqual([[], ["3"]])
    south.ids.push(...north.ids.splice(0, 1))
    await scan(carrier, false)
    await change("1")
    expect([north.changed, south.changed]).toEqual([[], ["3", "1"]])
    // One that no scan listed yet is looked for first.
    north.ids.push("9")
    south.ids.push("8")
    await change("8")
    await change("9")
    expect([north.changed, south.changed]).toEqual([["9"], ["3", "1", "8"]])
    expect((await findDeviceAuthentications(core, scope(), ["8", "9"])).get("8")).toBe("south")
  })

  it("gives each account its own price list, and adds the usage of a device that was moved", async () => {
    const asked: string[][] = []
    const withUsage = (plans: readonly { name: string; monthly: number | null }[]): Carrier =>
      ({
        ...account([]).carrier,
        ratePlans: async () => plans.map((plan, at) => ({ ...plan, version: at + 1 }) as ListedRatePlan),
        async *usage({ ratePlans, checkpoint }) {
          if (checkpoint !== undefined) return
          asked.push(ratePlans.map(({ name }) => name))
          const rows = [{ carrierDeviceId: "1", part: "Shared/1", bytes: 7, smsCount: 0 }]
          yield { rows, checkpoint: "end", pagesRead: 1 }
        },
      }) as Partial<Carrier> as Carrier
    const carrier = join(
      withUsage([{ name: "Shared", monthly: null }]),
      withUsage([
        { name: "Own", monthly: 5 },
        { name: "Shared", monthly: 3 },
      ]),
    )
    const plans = await carrier.ratePlans()
    expect(plans).toMatchObject([
      { name: "Shared", monthly: 3, version: 2 },
      { name: "Own", monthly: 5, version: 1 },
    ])
    const period = { startsAt: 0, endsAt: 1, timeZone: "UTC" }
    const parts = new Map<string, number>()
    let checkpoint: string | undefined
    for (;;) {
      const batches = carrier.usage({ ratePlans: plans, period, ...(checkpoint !== undefined && { checkpoint }) })
      const step = await batches.next()
      await batches.return()
      if (step.done) break
      checkpoint = step.value.checkpoint
      for (const { part, bytes } of step.value.rows) parts.set(part, bytes)
    }
    expect(asked).toEqual([["Shared"], ["Own", "Shared"]])
    expect([...parts.values()]).toEqual([7, 7])
  })
})
