import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import {
  changeDeviceAssignments,
  ensureBillingPeriod,
  ensureCustomerRatePool,
  saveCustomer,
  saveCustomerRatePlan,
  setOptimizationGroup,
} from "../../src/inventory/mod.ts"
import { getOptimizationSession, startCustomerOptimization } from "../../src/optimization/mod.ts"
import { billedDays, projectUsage } from "../../src/optimization/load/fleet.ts"
import { MB, openTestWorld, PROVIDER, TENANT, type TestDevice, type TestFleet } from "./world.ts"

const DAY = 86_400_000

describe("projection", () => {
  const start = Date.UTC(2026, 0, 1)
  const period = (days: number) => ({ startsAt: start, endsAt: start + days * DAY, timeZone: "UTC" })
  const project = (bytes: number, atDay: number, days: number, isActive = true) =>
    projectUsage({ bytes, usageAt: start + atDay * DAY, isActive }, period(days), "legacy", start + atDay * DAY)
      .projectedBytes

  // The documented figures, in bytes of a MB of a million, rounded to the byte.
  it.each([
    [100_000_000, 15, 30, 202_000_000],
    [12_345_000, 25, 31, 15_460_878],
    [500_000_000, 29.5, 30, 513_559_322],
  ])("%d bytes at day %d of %d are %d at its end", (bytes, at, days, expected) => {
    expect(project(bytes, at, days)).toBe(expected)
  })

  it("leaves usage as it is at the borders of the period, and of lines that will use nothing more", () => {
    expect([project(7, 0, 30), project(7, 30, 30), project(7, -1, 30), project(7, 15, 30, false)]).toEqual([7, 7, 7, 7])
    const late = { bytes: 7, usageAt: start + DAY, isActive: true }
    const asItIs = { projectedBytes: 7, lowBytes: 7, highBytes: 7 }
    expect(projectUsage(late, period(30), "legacy", start + 31 * DAY)).toEqual(asItIs)
    expect(projectUsage({ ...late, usageAt: null }, period(30), "legacy", start)).toEqual(asItIs)
    expect(projectUsage(late, period(30), "none", start + DAY)).toEqual(asItIs)
  })

  it("has a band that narrows as the period goes on", () => {
    // After 16 of 32 days 1,600 bytes become 3,200, give or take a quarter of what is still to come; after one day all of it.
    const at = (days: number, bytes: number) => {
      const readAt = start + days * DAY
      return projectUsage({ bytes, usageAt: readAt, isActive: true }, period(32), "proportional", readAt)
    }
    expect(at(16, 1_600)).toEqual({ projectedBytes: 3_200, lowBytes: 2_800, highBytes: 3_600 })
    expect(at(1, 100)).toEqual({ projectedBytes: 3_200, lowBytes: 100, highBytes: 6_300 })
  })

  it("is done once: what is stored is what was optimized", async () => {
    const { optimize, results } = await openTestWorld({
      plans: [
        { name: "Small", monthly: 1_000_000, includedBytes: 150 * MB },
        { name: "Large", monthly: 4_000_000, includedBytes: 300 * MB },
      ],
      permitted: { Cars: ["Small", "Large"] },
      // Half of the period from 18 January to 18 February is over at noon of 2 February.
      devices: ["1", "2"].map((id) => ({
        id,
        ratePlan: "Small",
        communicationPlan: "Cars",
        bytes: 100 * MB,
        usageAt: Date.UTC(2026, 1, 2, 12),
      })),
    })
    const session = await optimize()
    const rows = await results(session.id)
    expect(rows.map(({ usageBytes, projectedBytes }) => [usageBytes / MB, projectedBytes / MB])).toEqual([
      [100, 202],
      [100, 202],
    ])
    expect(rows.map(({ toRatePlan }) => toRatePlan)).toEqual(["Large", "Large"])
  })
})

describe("proration", () => {
  it.each([
    ["2024-01-20T12:00Z", "2024-01-31T00:00Z", 11],
    ["2024-02-18T21:59Z", "2024-02-18T22:00Z", 1],
    ["2023-12-31T00:00Z", "2024-01-31T00:00Z", 31],
    ["2023-12-30T00:00Z", "2024-01-31T00:00Z", 31],
    ["2024-02-01T00:00Z", "2024-01-31T00:00Z", 31],
  ])("a line activated %s in a period that ends %s is billed for %d days", (activated, ends, days) => {
    const endsAt = Date.parse(ends)
    expect(billedDays(Date.parse(activated), { startsAt: endsAt - 31 * DAY, endsAt, timeZone: "UTC" }, 31)).toBe(days)
  })

  const fleet: TestFleet = {
    plans: [
      { name: "A", monthly: 62_000_000, rateCharge: 31_000_001, includedBytes: 310 * MB, overageCost: 0 },
      { name: "B", monthly: 80_000_000, includedBytes: 310 * MB, overageCost: 0 },
    ],
    permitted: { Cars: ["A", "B"] },
    devices: [
      // 15 of 31 days are left.
      { id: "new", ratePlan: "A", communicationPlan: "Cars", bytes: 0, activatedAt: Date.UTC(2026, 1, 3) },
      { id: "old", ratePlan: "A", communicationPlan: "Cars", bytes: 0, activatedAt: Date.UTC(2020, 1, 3) },
    ],
  }

  it("charges the days, and splits the charge back into base rate and rate charge, to the micro-unit", async () => {
    const { optimize, results } = await openTestWorld(fleet, { usesProration: true })
    const session = await optimize()
    expect(session.cost).toBe(String(30_000_000 + 62_000_000))
    const [fresh, old] = await results(session.id)
    expect([fresh!.days, old!.days]).toEqual([15, 31])
    // 30,999,999 * 15 / 31 = 14,999,999.5, which rounds up; the rest of the 30 million is the rate charge.
    expect(fresh!.componentsAfter).toEqual({ baseRate: 15_000_000, rateCharge: 15_000_000, overage: 0, sms: 0 })
    expect(old!.componentsAfter).toEqual({ baseRate: 30_999_999, rateCharge: 31_000_001, overage: 0, sms: 0 })
    expect(session.components?.after).toEqual({
      baseRate: "45999999",
      rateCharge: "46000001",
      overage: "0",
      sms: "0",
    })
  })

  it.each([
    ["the provider does not prorate", { usesProration: false }],
    ["it is no Control Center account", { usesProration: true, integrationType: "Teal" }],
  ])("charges the whole period where %s", async (_, options) => {
    const { optimize } = await openTestWorld(fleet, options)
    expect((await optimize()).cost).toBe("124000000")
  })
})

describe("charge types and SMS", () => {
  const fleet: TestFleet = {
    plans: [
      {
        name: "A",
        monthly: 5_000_000,
        rateCharge: 2_000_000,
        includedBytes: 10 * MB,
        overageCost: 1_000_000,
        smsIncluded: 10,
        smsCost: 50_000,
      },
      { name: "B", monthly: 9_000_000, rateCharge: 4_000_000, includedBytes: 100 * MB, overageCost: 1_000_000 },
    ],
    permitted: { Cars: ["A", "B"] },
    // 2 MB and 30 SMS above what A includes; B has no price for SMS.
    devices: ["1", "2"].map((id) => ({
      id,
      ratePlan: "A",
      communicationPlan: "Cars",
      bytes: 12 * MB,
      smsCount: 40,
    })),
  }

  it.each([
    [
      "RateChargeAndOverage",
      { baseRate: "6000000", rateCharge: "4000000", overage: "4000000", sms: "3000000" },
      "17000000",
    ],
    ["RateChargeOnly", { baseRate: "6000000", rateCharge: "4000000", overage: "0", sms: "3000000" }, "13000000"],
    ["OverageOnly", { baseRate: "0", rateCharge: "0", overage: "4000000", sms: "3000000" }, "7000000"],
  ] as const)("%s", async (chargeType, parts, total) => {
    const { optimize } = await openTestWorld(fleet)
    const session = await optimize({ chargeType })
    expect([session.currentCost, session.components?.before]).toEqual([total, parts])
    const sum = Object.values(session.components!.after).reduce((a, b) => a + BigInt(b), 0n)
    expect(String(sum)).toBe(session.cost)
  })
})

describe("Mobility", () => {
  const line = (id: string, group: string | null, ratePlan: string, mb: number): TestDevice => ({
    id,
    ratePlan,
    communicationPlan: "ignored",
    optimizationGroup: group,
    bytes: mb * MB,
  })
  const fleet: TestFleet = {
    plans: [
      {
        name: "Data 1",
        planType: "data",
        monthly: 10_000_000,
        includedBytes: 1_000 * MB,
        pool: "yes",
        overageCost: 50_000,
      },
      {
        name: "Data 5",
        planType: "data",
        monthly: 30_000_000,
        includedBytes: 5_000 * MB,
        pool: "yes",
        overageCost: 50_000,
      },
      {
        name: "Voice",
        planType: "voice",
        monthly: 1_000_000,
        includedBytes: 10_000 * MB,
        pool: "yes",
        overageCost: 50_000,
      },
    ],
    permitted: {},
    devices: [
      line("a1", "North", "Data 1", 1_900),
      line("a2", "North", "Data 1", 50),
      line("b1", "South", "Data 1", 1_900),
      line("b2", "South", "Data 5", 4_000),
      line("v", "South", "Voice", 10),
      line("nowhere", null, "Data 1", 10),
    ],
  }

  it("pools across the plans of an optimization group, and keeps lines within their plan's type", async () => {
    const world = await openTestWorld(fleet, { integrationType: "Telegence", usesProration: true })
    for (const optimizationGroup of ["North", "South"]) {
      await setOptimizationGroup(world.core, {
        ...world.scope,
        optimizationGroup,
        ratePlans: ["Data 1", "Data 5", ...(optimizationGroup === "South" ? ["Voice"] : [])],
      })
    }
    const session = await world.optimize({ portalType: "Mobility" })
    expect(session).toMatchObject({ status: "CompleteWithSuccess", deviceCount: 5, groupCount: 3, problemCount: 2 })
    // North: 1900 + 50 MB of 2000, no overage: the documented pool. South: the voice line's 10,000 MB cover all, and it
    // is in the pool; it stays on its type although it is by far the cheapest, and the others go to the least plan.
    expect(session.problems.map(({ cost }) => cost)).toEqual(["20000000", "21000000"])
    const rows = await world.results(session.id)
    expect(rows.find(({ carrierDeviceId }) => carrierDeviceId === "v")?.toRatePlan).toBe("Voice")
    expect(rows.filter(({ toRatePlan }) => toRatePlan === "Voice")).toHaveLength(1)
    expect(session.exclusions).toMatchObject([{ reason: "no_communication_plan", deviceCount: 1 }])
  })
})

describe("a customer's optimization", () => {
  const TWO = "p2"
  async function openCustomers() {
    const devices = ["1", "2", "3", "4", "5", "6"].map((id) => ({
      id,
      ratePlan: null,
      communicationPlan: null,
      bytes: { 1: 1_900, 2: 50, 3: 10, 4: 10, 5: 700, 6: 5 }[id]! * MB,
    }))
    const world = await openTestWorld({ plans: [], permitted: {}, devices })
    const { core, plain, period } = world
    await plain.unit({ name: "test.second" }, [
      sql`INSERT INTO service_provider SELECT tenant_id, ${TWO}, 'Second', 'Telegence', base_url, username, sealed_api_key,
          billing_period_end_day, billing_period_end_hour, time_zone, uses_proration, optimization_start_hour,
          default_site_id, created_at FROM service_provider WHERE id = ${PROVIDER}`,
    ])
    const second = await ensureBillingPeriod(core, {
      tenantId: TENANT,
      serviceProviderId: TWO,
      schedule: { endDay: 18, endHour: 0, timeZone: "UTC" },
      at: core.runtime.clock.now(),
    })
    await plain.unit({ name: "test.move" }, [
      sql`UPDATE device SET service_provider_id = ${TWO} WHERE id = '5'`,
      sql`UPDATE device_usage SET service_provider_id = ${TWO}, billing_period_id = ${second.id} WHERE carrier_device_id = '5'`,
    ])
    const mine = await saveCustomer(core, { tenantId: TENANT, name: "Mine" })
    const other = await saveCustomer(core, { tenantId: TENANT, name: "Other" })
    const pool = await ensureCustomerRatePool(core, { tenantId: TENANT, name: "Shared" })
    const save = (code: string, more: object) =>
      saveCustomerRatePlan(core, { tenantId: TENANT, code, includedBytes: 1_000 * MB, ...more } as never)
    const pooled = await save("POOL-1000", {
      baseRate: 10_000_000,
      overageCost: 50_000,
      overageBlockBytes: MB,
      allowsSimPooling: true,
      autoChangeRatePlan: true,
    })
    await save("POOL-2000", {
      includedBytes: 2_000 * MB,
      baseRate: 40_000_000,
      overageCost: 50_000,
      overageBlockBytes: MB,
      allowsSimPooling: true,
      autoChangeRatePlan: true,
    })
    const alone = await save("ALONE-1000", {
      baseRate: 9_000_000,
      rateCharge: 1_000_000,
      overageCost: 50_000,
      overageBlockBytes: MB,
      autoChangeRatePlan: true,
    })
    await save("ALONE-20", {
      includedBytes: 20 * MB,
      baseRate: 2_000_000,
      overageCost: 50_000,
      overageBlockBytes: MB,
      autoChangeRatePlan: true,
    })
    const fixed = await save("FIXED", { baseRate: 50_000_000, overageCost: 50_000, overageBlockBytes: MB })
    const assign = (
      provider: string,
      id: string,
      customer: { id: string },
      plan: { id: string } | null,
      poolId: string | null,
    ) =>
      changeDeviceAssignments(
        { tenantId: TENANT, serviceProviderId: provider },
        [
          {
            carrierDeviceId: id,
            customerId: customer.id,
            customerRatePlanId: plan?.id ?? null,
            customerRatePoolId: poolId,
          },
        ],
        1,
      )
    await core.store.unit({ name: "test.assign" }, [
      assign(PROVIDER, "1", mine, pooled, pool.id),
      assign(PROVIDER, "2", other, pooled, pool.id),
      assign(PROVIDER, "3", mine, alone, null),
      assign(PROVIDER, "4", mine, fixed, null),
      assign(TWO, "5", mine, alone, null),
      assign(PROVIDER, "6", mine, null, null),
    ])
    const run = async (more: object = {}) => {
      const id = await startCustomerOptimization(core, {
        tenantId: TENANT,
        customerId: mine.id,
        billingPeriodId: period.id,
        ...more,
      })
      await world.drain()
      const session = await getOptimizationSession(core, TENANT, id)
      const rows = new Map((await world.results(id)).map((row) => [row.carrierDeviceId, row]))
      return { session, rows, to: (device: string) => rows.get(device)?.toRatePlan }
    }
    return { ...world, mine, run, save }
  }

  it("optimizes by pool and outside of pools, across providers; every line counts once", async () => {
    const { run } = await openCustomers()
    const { session, rows, to } = await run()
    expect(session).toMatchObject({
      status: "CompleteWithSuccess",
      deviceCount: 5,
      request: { portalType: "CrossProvider" },
    })
    // The pool has the other customer's leftover: 1950 of 2000 MB. Both stay.
    expect([to("1"), to("2")]).toEqual(["POOL-1000", "POOL-1000"])
    expect([to("3"), to("5")]).toEqual(["ALONE-20", "ALONE-1000"])
    // A plan that must not be changed is only priced, and a line without a plan is set aside.
    expect([to("4"), rows.has("6")]).toEqual(["FIXED", false])
    expect(session.cost).toBe(String(20_000_000 + 2_000_000 + 10_000_000 + 50_000_000))
    expect(session.exclusions).toMatchObject([{ reason: "no_rate_plan", deviceCount: 1, isPriced: false }])
    expect(rows.get("5")).toMatchObject({
      serviceProviderId: TWO,
      componentsAfter: { baseRate: 9_000_000, rateCharge: 1_000_000 },
    })
  })

  it("looks at the providers that are named, and moves to plans only that are sold at all of them", async () => {
    const { run, save } = await openCustomers()
    await save("ALONE-20", {
      includedBytes: 20 * MB,
      baseRate: 2_000_000,
      overageCost: 50_000,
      overageBlockBytes: MB,
      autoChangeRatePlan: true,
      serviceProviderIds: [PROVIDER],
    })
    const both = await run()
    expect(both.to("3")).toBe("ALONE-1000")
    expect(both.session.droppedRatePlans).toContainEqual({ ratePlan: "ALONE-20", reason: "not_sold_everywhere" })
    const one = await run({ serviceProviderIds: [PROVIDER] })
    expect([one.to("3"), one.rows.has("5")]).toEqual(["ALONE-20", false])
  })

  it("runs by a period of the customer's own", async () => {
    const { core, mine, run, period } = await openCustomers()
    const own = await ensureBillingPeriod(core, {
      tenantId: TENANT,
      serviceProviderId: mine.id,
      schedule: { endDay: 28, endHour: 0, timeZone: "UTC" },
      at: core.runtime.clock.now(),
    })
    const { session } = await run({ billingPeriodId: undefined, customerBillingPeriodId: own.id })
    expect(session).toMatchObject({ status: "CompleteWithSuccess", billingPeriodId: own.id, deviceCount: 5 })
    await expect(run({ customerBillingPeriodId: period.id })).rejects.toMatchObject({ code: "input.invalid" })
    await expect(run({ billingPeriodId: undefined, customerBillingPeriodId: period.id })).rejects.toMatchObject({
      code: "input.not_found",
    })
    await expect(run({ customerId: "nobody" })).rejects.toMatchObject({ code: "input.not_found" })
  })

  it("charges plans that are billed in advance for their overage only", async () => {
    const { run, save } = await openCustomers()
    await save("FIXED", {
      baseRate: 50_000_000,
      overageCost: 50_000,
      overageBlockBytes: MB,
      billInAdvance: true,
      smsCost: 5,
    })
    const { rows } = await run({ billInAdvance: true })
    expect(rows.get("4")).toMatchObject({ chargeBefore: 0, componentsAfter: { baseRate: 0, sms: 0 } })
  })
})
