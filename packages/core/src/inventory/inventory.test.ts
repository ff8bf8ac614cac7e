import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { ListedDevice, ListedRatePlan } from "../ports/mod.ts"
import { openStore, type Store } from "../store/mod.ts"
import { testRuntime } from "../testing/mod.ts"
import {
  contentHash,
  eachDeviceWithUsage,
  ensureBillingPeriod,
  findDevice,
  findDevicesByCarrierId,
  findUnknownCommunicationPlans,
  getBillingPeriod,
  listCommunicationPlans,
  listDevices,
  listRatePlans,
  recordDevices,
  recordRatePlans,
  setPermittedRatePlans,
} from "./mod.ts"
import { devicesByCarrierId, devicesByIccid, devicesWithUsage, selectDevices } from "./device-statements.ts"
import { nextSettlement } from "./settlement-statements.ts"

const runtime = testRuntime({ seed: 1, startAt: Date.UTC(2026, 10, 22) })
const scope = { tenantId: "1", serviceProviderId: "p" }

let store: Store
let core: { store: Store; runtime: typeof runtime }
beforeEach(async () => {
  store = await openStore({ url: ":memory:", createClient, runtime })
  core = { store, runtime }
})
afterEach(() => store.close())

const listed = (number: number, changes: Partial<ListedDevice> = {}): ListedDevice => {
  const iccid = `89000000000000${String(number).padStart(5, "0")}`
  return {
    carrierDeviceId: iccid,
    iccid,
    status: "active",
    carrierStatus: "ACTIVATED",
    ratePlan: "A",
    communicationPlan: "C",
    ...changes,
  }
}

async function addDevices(devices: readonly ListedDevice[], tenantId = "1") {
  await store.unit(
    { name: "test.add-devices" },
    devices.map(
      (
        device,
      ) => sql`INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status,
        carrier_status, carrier_rate_plan, communication_plan, content_hash, created_at, changed_at)
        VALUES (${tenantId}, 'p', ${device.carrierDeviceId}, ${`id-${device.iccid}`}, ${device.iccid}, ${device.iccid.slice(0, 19)},
          ${device.status}, ${device.carrierStatus}, ${device.ratePlan}, ${device.communicationPlan}, ${contentHash(device)}, 1, 1)`,
    ),
  )
}

describe("listDevices()", () => {
  it("pages through one tenant's devices in the order of their ids", async () => {
    await addDevices([1, 2, 3, 4, 5].map((number) => listed(number)))
    await addDevices([listed(9)], "2")
    const first = await listDevices(core, { tenantId: "1", limit: 3 })
    const rest = await listDevices(core, { tenantId: "1", limit: 3, after: first[2]?.id ?? "" })
    expect([...first, ...rest].map(({ iccid }) => iccid)).toEqual([1, 2, 3, 4, 5].map((number) => listed(number).iccid))
  })

  it("finds a SIM by its ICCID with and without the check digit", async () => {
    await addDevices([listed(1), listed(2)])
    for (const iccid of [listed(2).iccid, `${listed(2).iccid}7`]) {
      expect(await listDevices(core, { tenantId: "1", iccid })).toMatchObject([{ iccid: listed(2).iccid }])
    }
    expect(await listDevices(core, { tenantId: "2", iccid: listed(2).iccid })).toEqual([])
  })

  it("looks an ICCID up in its index instead of walking all devices", async () => {
    const query = devicesByIccid({
      tenantId: "1",
      iccidKey: "8900000000000000001",
      after: "",
      limit: 9,
    })
    const plan = await store.rows<{ detail: string }>(sql`EXPLAIN QUERY PLAN ${query}`)
    expect(plan.map(({ detail }) => detail)).toContain(
      "SEARCH d USING INDEX device_iccid (tenant_id=? AND iccid_key=?)",
    )
  })

  it("never walks a table or sorts a provider's devices for one page", async () => {
    const page = { tenantId: "1", serviceProviderId: "p", after: "", limit: 9 }
    const plans = await Promise.all(
      [
        selectDevices(page),
        selectDevices({ ...page, id: "x" }),
        devicesByCarrierId({ ...page, carrierDeviceIds: ["x"] }),
        devicesWithUsage({ ...page, billingPeriodId: "now" }),
        nextSettlement("1", "p", 9),
      ].map((query) => store.rows<{ detail: string }>(sql`EXPLAIN QUERY PLAN ${query}`)),
    )
    const steps = plans.flat().map(({ detail }) => detail)
    // json_each is the list of identifiers asked for; (subquery) is a page that was read through an index.
    // The page itself is put in order once it is read: at most `limit` rows.
    const sorted = steps.filter((step) => step !== "USE TEMP B-TREE FOR json_group_array(ORDER BY)")
    expect(sorted.filter((step) => /^SCAN (?!json_each|\(subquery)|TEMP B-TREE/.test(step))).toEqual([])
    expect(steps).toContain("SEARCH d USING INDEX device_id (tenant_id=? AND id>?)")
    expect(steps).toContain(
      "SEARCH n USING INDEX device_next_id (tenant_id=? AND service_provider_id=? AND sync_run_id=? AND id>?)",
    )
  })

  it("refuses a limit and an ICCID by name", async () => {
    await expect(listDevices(core, { tenantId: "1", limit: 0 })).rejects.toMatchObject({
      code: "input.invalid",
      field: "limit",
    })
    await expect(listDevices(core, { tenantId: "1", iccid: "12" })).rejects.toMatchObject({
      code: "input.invalid",
      field: "iccid",
    })
  })
})

describe("recordDevices()", () => {
  it("stores all that the carrier said, so that the stored hash speaks for every column", async () => {
    await addDevices([listed(1)])
    const read = listed(1, { ratePlan: "B", status: "suspended", carrierStatus: "ONHOLD", communicationPlan: "D" })
    await store.unit({ name: "test.record" }, [recordDevices(scope, [{ device: read }], 5)])
    expect(await findDevice(core, "1", `id-${read.iccid}`)).toMatchObject({
      carrierRatePlan: "B",
      status: "suspended",
      communicationPlan: "D",
      changedAt: 5,
    })
    expect(await store.rows(sql`SELECT content_hash AS hash FROM device`)).toEqual([{ hash: contentHash(read) }])
  })

  it("finds a device again that was missing", async () => {
    await addDevices([listed(1)])
    await store.unit({ name: "test.record" }, [
      sql`UPDATE device SET missing_since = 2`,
      recordDevices(scope, [{ device: listed(1) }], 5),
    ])
    expect(await findDevice(core, "1", `id-${listed(1).iccid}`)).toMatchObject({ missingSince: null, changedAt: 5 })
  })

  it("leaves a device alone of which nothing new was said", async () => {
    await addDevices([listed(1)])
    await store.unit({ name: "test.record" }, [recordDevices(scope, [{ device: listed(1) }], 5)])
    expect(await findDevicesByCarrierId(core, { ...scope, carrierDeviceIds: [listed(1).iccid] })).toMatchObject([
      { changedAt: 1 },
    ])
  })
})

describe("eachDeviceWithUsage()", () => {
  it("gives every listed device once, with what it used in the period, zero where nothing was", async () => {
    await addDevices([1, 2, 3].map((number) => listed(number)))
    await store.unit({ name: "test.usage" }, [
      sql`INSERT INTO device_usage VALUES ('1', 'p', 'now', ${listed(2).iccid}, 7, 1, 1), ('1', 'p', 'before', ${listed(3).iccid}, 9, 0, 1)`,
      sql`UPDATE device SET missing_since = 1 WHERE carrier_device_id = ${listed(1).iccid}`,
    ])
    const pages = []
    for await (const page of eachDeviceWithUsage(core, { ...scope, billingPeriodId: "now", limit: 1 })) pages.push(page)
    expect(pages.flat().map(({ carrierDeviceId, bytes, smsCount }) => [carrierDeviceId, bytes, smsCount])).toEqual([
      [listed(2).iccid, 7, 1],
      [listed(3).iccid, 0, 0],
    ])
  })
})

describe("rate plans and communication plans", () => {
  const plan: ListedRatePlan = {
    name: "A",
    monthly: 1_000,
    includedBytes: 1_024,
    pool: null,
    overageCost: 5,
    overageBlockBytes: 1_024,
    overageRounding: "exact",
    smsIncluded: 0,
    smsCost: 0,
    version: 1,
  }

  it("keep a price that the carrier omits later, and take one that it changes", async () => {
    await store.unit({ name: "test.plans" }, recordRatePlans(core, "1", "p", [plan]))
    const [before] = await listRatePlans(core, "1", "p")
    await store.unit(
      { name: "test.plans" },
      recordRatePlans(core, "1", "p", [{ ...plan, monthly: null, overageCost: 6, version: 2 }]),
    )
    expect(await listRatePlans(core, "1", "p")).toEqual([{ ...before, overageCost: 6, version: 2 }])
  })

  it("know which communication plans devices carry, and which rate plans an operator permits", async () => {
    await addDevices([listed(1), listed(2, { communicationPlan: "D" })])
    expect(await findUnknownCommunicationPlans(core, "1", "p")).toEqual(["C", "D"])
    await setPermittedRatePlans(core, { ...scope, communicationPlan: "D", ratePlans: ["B", "A"] })
    await setPermittedRatePlans(core, { ...scope, communicationPlan: "D", ratePlans: ["A", "E"] })
    expect(await findUnknownCommunicationPlans(core, "1", "p")).toEqual(["C"])
    expect(await listCommunicationPlans(core, "1", "p")).toMatchObject([{ name: "D", permittedRatePlans: ["A", "E"] }])
    await expect(
      setPermittedRatePlans(core, { ...scope, communicationPlan: "D", ratePlans: ["A", "A"] }),
    ).rejects.toMatchObject({
      field: "ratePlans",
    })
  })
})

describe("ensureBillingPeriod()", () => {
  it("creates a period once, from the provider's schedule", async () => {
    const request = {
      ...scope,
      schedule: { endDay: 18, endHour: 22, timeZone: "America/New_York" },
      at: Date.UTC(2026, 10, 22),
    }
    const period = await ensureBillingPeriod(core, request)
    expect(new Date(period.startsAt).toISOString()).toBe("2026-11-19T03:00:00.000Z")
    expect(await ensureBillingPeriod(core, request)).toEqual(period)
    expect(await getBillingPeriod(core, "1", period.id)).toEqual(period)
    await expect(getBillingPeriod(core, "2", period.id)).rejects.toMatchObject({ code: "input.not_found" })
  })
})
