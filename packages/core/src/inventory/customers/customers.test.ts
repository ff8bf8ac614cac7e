import { createClient } from "@libsql/client"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { openStore, type Store } from "../../store/mod.ts"
import { testRuntime } from "../../testing/mod.ts"
import {
  changeDeviceAssignments,
  checkAssignmentReferences,
  createSite,
  type DeviceAssignment,
  type DeviceAssignmentChange,
  eachDeviceAssignment,
  ensureCustomerRatePool,
  findDeviceAssignments,
  getCustomer,
  listCustomerRatePlans,
  listCustomerRatePools,
  listCustomers,
  listSites,
  saveCustomer,
  saveCustomerRatePlan,
} from "../mod.ts"

let store: Store
let core: { store: Store; runtime: ReturnType<typeof testRuntime> }
beforeEach(async () => {
  const runtime = testRuntime({ seed: 1, startAt: Date.UTC(2026, 10, 22) })
  store = await openStore({ url: ":memory:", createClient, runtime })
  core = { store, runtime }
})
afterEach(() => store.close())

const tenantId = "1"
const scope = { tenantId, serviceProviderId: "p" }
const change = (changes: readonly DeviceAssignmentChange[], now = 5) =>
  store.unit({ name: "test.change" }, [changeDeviceAssignments(scope, changes, now)])

describe("customers and sites", () => {
  it("are saved, listed page by page, and renamed under the same id", async () => {
    for (const id of ["a", "b", "c"]) await saveCustomer(core, { tenantId, id, name: `Customer ${id}` })
    await saveCustomer(core, { tenantId, id: "b", name: "  Renamed ", externalId: "rev-1" })
    const first = await listCustomers(core, { tenantId, limit: 2 })
    expect(first.map(({ name }) => name)).toEqual(["Customer a", "Renamed"])
    expect(await listCustomers(core, { tenantId, after: "b" })).toMatchObject([{ id: "c", externalId: null }])
  })

  it("belong to one tenant", async () => {
    await saveCustomer(core, { tenantId, id: "a", name: "A" })
    await expect(getCustomer(core, "2", "a")).rejects.toMatchObject({ code: "input.not_found", field: "customerId" })
    expect(await listCustomers(core, { tenantId: "2" })).toEqual([])
    await expect(createSite(core, { tenantId: "2", customerId: "a", name: "S" })).rejects.toMatchObject({
      code: "input.not_found",
    })
  })

  it("refuse an external id that another customer of the tenant has, and change nothing", async () => {
    await saveCustomer(core, { tenantId, id: "a", name: "A", externalId: "x" })
    await expect(saveCustomer(core, { tenantId, id: "b", name: "B", externalId: "x" })).rejects.toMatchObject({
      code: "store.constraint",
    })
    expect(await listCustomers(core, { tenantId })).toHaveLength(1)
    await saveCustomer(core, { tenantId: "2", id: "b", name: "B", externalId: "x" })
  })

  it("have sites of different names", async () => {
    await saveCustomer(core, { tenantId, id: "a", name: "A" })
    const site = await createSite(core, { tenantId, customerId: "a", name: "Yard" })
    await expect(createSite(core, { tenantId, customerId: "a", name: "Yard" })).rejects.toMatchObject({
      code: "store.constraint",
      field: "name",
    })
    expect(await listSites(core, { tenantId, customerId: "a" })).toEqual([site])
    expect(await listSites(core, { tenantId, customerId: "b" })).toEqual([])
  })

  it.each([
    ["name", { name: " " }],
    ["name", { name: "line\nbreak" }],
    ["externalId", { name: "A", externalId: "" }],
  ])("refuses a bad %s by name", async (field, request) => {
    await expect(saveCustomer(core, { tenantId, ...request })).rejects.toMatchObject({ code: "input.invalid", field })
  })
})

describe("customer rate plans and pools", () => {
  it("keeps the id of a plan when its code is saved again", async () => {
    const first = await saveCustomerRatePlan(core, { tenantId, code: "5GB", includedBytes: 5, baseRate: 30_000_000 })
    const again = await saveCustomerRatePlan(core, {
      tenantId,
      code: "5GB",
      includedBytes: 6,
      serviceProviderIds: ["p"],
    })
    expect(again).toMatchObject({ id: first.id, includedBytes: 6, baseRate: 0, serviceProviderIds: ["p"] })
    expect(await listCustomerRatePlans(core, tenantId)).toEqual([again])
    expect(await listCustomerRatePlans(core, "2")).toEqual([])
  })

  it("gives the pool that has the name", async () => {
    const pool = await ensureCustomerRatePool(core, { tenantId, name: "East" })
    expect(await ensureCustomerRatePool(core, { tenantId, name: "East" })).toEqual(pool)
    expect(await listCustomerRatePools(core, tenantId)).toEqual([pool])
  })

  it.each([
    ["code", { code: "" }],
    ["includedBytes", { includedBytes: -1 }],
    ["baseRate", { baseRate: 0.5 }],
    ["overageBlockBytes", { overageCost: 1 }],
    ["serviceProviderIds", { serviceProviderIds: [""] }],
  ])("refuses a bad %s by name", async (field, wrong) => {
    const request = { tenantId, code: "A", includedBytes: 1, ...wrong }
    await expect(saveCustomerRatePlan(core, request)).rejects.toMatchObject({ code: "input.invalid", field })
    expect(await listCustomerRatePlans(core, tenantId)).toEqual([])
  })
})

const untouched = {
  customerId: null,
  siteId: null,
  customerRatePlanId: null,
  customerRatePoolId: null,
  dataAllocationBytes: null,
  archivedAt: null,
}

describe("changeDeviceAssignments()", () => {
  it("sets what is given, clears what is null, and leaves the rest as it is (any order of changes)", async () => {
    const value = fc.option(fc.constantFrom("x", "y"), { nil: null })
    const anyChange: fc.Arbitrary<DeviceAssignmentChange> = fc.record(
      {
        carrierDeviceId: fc.constantFrom("1", "2", "3"),
        customerId: value,
        siteId: value,
        customerRatePlanId: value,
        customerRatePoolId: value,
        dataAllocationBytes: fc.option(fc.maxSafeNat(), { nil: null }),
        archivedAt: fc.option(fc.maxSafeNat(), { nil: null }),
      },
      { requiredKeys: ["carrierDeviceId"] },
    )
    const batch = fc.uniqueArray(anyChange, { selector: ({ carrierDeviceId }) => carrierDeviceId })
    let round = 0
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 4 }), async (batches) => {
        const own = { tenantId, serviceProviderId: `p${round++}` }
        const expected = new Map<string, object>()
        for (const [now, changes] of batches.entries()) {
          await store.unit({ name: "test.change" }, [changeDeviceAssignments(own, changes, now)])
          for (const { carrierDeviceId, ...fields } of changes) {
            const { serviceProviderId } = own
            const before = expected.get(carrierDeviceId) ?? { ...untouched, serviceProviderId, carrierDeviceId }
            expected.set(carrierDeviceId, { ...before, ...fields, updatedAt: now })
          }
        }
        const found = await findDeviceAssignments(core, { ...own, carrierDeviceIds: ["1", "2", "3"] })
        const byId = (one: object) => (one as DeviceAssignment).carrierDeviceId
        const sorted = (rows: Iterable<object>) => [...rows].sort((a, b) => (byId(a) < byId(b) ? -1 : 1))
        expect(sorted(found)).toEqual(sorted(expected.values()))
      }),
      { numRuns: 50 },
    )
  })

  it("never touches another tenant's or provider's device of the same identifier", async () => {
    await change([{ carrierDeviceId: "1", customerId: "mine" }])
    for (const other of [
      { tenantId: "2", serviceProviderId: "p" },
      { tenantId, serviceProviderId: "q" },
    ]) {
      await store.unit({ name: "test.change" }, [
        changeDeviceAssignments(other, [{ carrierDeviceId: "1", customerId: "theirs" }], 9),
      ])
      expect(await findDeviceAssignments(core, { ...scope, carrierDeviceIds: ["1"] })).toMatchObject([
        { customerId: "mine", updatedAt: 5 },
      ])
    }
  })
})

describe("eachDeviceAssignment()", () => {
  it("pages through a customer's devices over all providers", async () => {
    const ids = Array.from({ length: 7 }, (_, number) => String(number))
    await change(
      ids.map((carrierDeviceId) => ({ carrierDeviceId, customerId: Number(carrierDeviceId) % 2 ? "a" : "b" })),
    )
    await store.unit({ name: "test.change" }, [
      changeDeviceAssignments({ tenantId, serviceProviderId: "q" }, [{ carrierDeviceId: "0", customerId: "a" }], 1),
    ])
    const seen: string[] = []
    for await (const page of eachDeviceAssignment(core, { tenantId, by: "customerId", id: "a", limit: 2 })) {
      expect(page.length).toBeLessThanOrEqual(2)
      seen.push(...page.map((one) => one.serviceProviderId + one.carrierDeviceId))
    }
    expect(seen).toEqual(["p1", "p3", "p5", "q0"])
  })
})

describe("checkAssignmentReferences()", () => {
  it("names what the tenant does not have, and a site of another customer", async () => {
    for (const id of ["a", "b"]) await saveCustomer(core, { tenantId, id, name: id })
    const site = await createSite(core, { tenantId, customerId: "a", name: "Yard" })
    const plan = await saveCustomerRatePlan(core, { tenantId, code: "A", includedBytes: 1 })
    const pool = await ensureCustomerRatePool(core, { tenantId, name: "East" })
    const good = { customerId: "a", siteId: site.id, customerRatePlanId: plan.id, customerRatePoolId: pool.id }
    await checkAssignmentReferences(core, tenantId, good)
    await checkAssignmentReferences(core, tenantId, { customerId: null, siteId: site.id })
    for (const field of Object.keys(good)) {
      await expect(checkAssignmentReferences(core, tenantId, { ...good, [field]: "none" })).rejects.toMatchObject({
        code: "input.not_found",
        field,
      })
    }
    await expect(checkAssignmentReferences(core, "2", { customerId: "a" })).rejects.toMatchObject({
      field: "customerId",
    })
    await expect(checkAssignmentReferences(core, tenantId, { ...good, customerId: "b" })).rejects.toMatchObject({
      code: "input.invalid",
      field: "siteId",
    })
  })
})
