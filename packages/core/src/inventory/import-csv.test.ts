import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import {
  importLineFacts,
  importPermittedRatePlans,
  importRatePlanTerms,
  listCommunicationPlans,
  listRatePlans,
  recordRatePlans,
  setRatePlanTerms,
} from "./mod.ts"
import { MB, openTestWorld, PROVIDER, TENANT, testPlan } from "../../test/optimization/world.ts"

const open = async () => {
  const world = await openTestWorld(
    {
      plans: [{ name: "Small" }, { name: "Large, pooled" }],
      permitted: { Cars: ["Small"] },
      devices: ["1", "2"].map((id) => ({ id, ratePlan: "Small", communicationPlan: "Cars", bytes: 1 })),
    },
    { listens: false },
  )
  const { core, scope } = world
  const planOf = async (name: string) =>
    (await listRatePlans(core, TENANT, PROVIDER)).find((plan) => plan.name === name)
  return { ...world, planOf, request: (...file: string[]) => ({ ...scope, file }) }
}

describe("importPermittedRatePlans()", () => {
  it("adds pairs, in whatever pieces and columns they come, and says what is wrong with a line", async () => {
    const { core, request } = await open()
    const result = await importPermittedRatePlans(
      core,
      request(
        "\uFEFFRate Plan,Communication",
        ' plan\r\n"Large, pooled",Cars\r\n,Cars\r\n"open,Cars\r\n\r\nSmall,Boats\r\n',
      ),
    )
    expect(result).toEqual({
      imported: 2,
      faults: [
        { line: 3, column: "ratePlan", reason: "It is empty" },
        { line: 4, column: null, reason: "Its quotes do not match" },
      ],
    })
    const plans = await listCommunicationPlans(core, TENANT, PROVIDER)
    expect(plans.map(({ name, permittedRatePlans }) => [name, permittedRatePlans])).toEqual([
      ["Boats", ["Small"]],
      ["Cars", ["Large, pooled", "Small"]],
    ])
    // Once more changes nothing.
    expect((await importPermittedRatePlans(core, request("ratePlan,communicationPlan\nSmall,Cars"))).imported).toBe(1)
    expect(await listCommunicationPlans(core, TENANT, PROVIDER)).toEqual(plans)
  })

  it.each(["", "communicationPlan\nCars"])("takes nothing of a file without its columns (%j)", async (file) => {
    const { core, request } = await open()
    await expect(importPermittedRatePlans(core, request(file))).rejects.toMatchObject({ field: "header" })
  })
})

describe("terms of rate plans", () => {
  it("are imported where the carrier's price list is silent, line by line", async () => {
    const { core, request, planOf } = await open()
    const file = [
      "ratePlan,monthly,rateCharge,included,overageBlock,smsCost,smsIncluded,planType\n",
      "Small,2.50,0.75,5 MB,1MB,0.01,10,IoT\n",
      '"Large, pooled",-1,,,,,,\n',
      "Nobody,1,,,,,,\n",
    ]
    expect(await importRatePlanTerms(core, request(...file))).toEqual({
      imported: 1,
      faults: [
        { line: 3, column: "monthly", reason: "It cannot be read" },
        { line: 4, column: "ratePlan", reason: "The provider has none of this name" },
      ],
    })
    const terms = { monthly: 2_500_000, rateCharge: 750_000, includedBytes: 5 * MB, overageBlockBytes: MB }
    expect(await planOf("Small")).toMatchObject({ ...terms, smsCost: 10_000, smsIncluded: 10, planType: "IoT" })
  })

  it("outlast a sync where the carrier does not tell, and give way where it does", async () => {
    const { core, scope, plain, planOf } = await open()
    await setRatePlanTerms(core, { ...scope, ratePlan: "Small", monthly: 7, smsCost: 9, smsIncluded: 2, planType: "X" })
    const told = { ...testPlan({ name: "Small" }), monthly: null, smsCost: null, smsIncluded: null }
    await plain.unit({ name: "test.sync" }, recordRatePlans(core, TENANT, PROVIDER, [told]))
    expect(await planOf("Small")).toMatchObject({ monthly: 7, smsCost: 9, smsIncluded: 2, planType: "X" })
    await plain.unit(
      { name: "test.sync" },
      recordRatePlans(core, TENANT, PROVIDER, [{ ...told, monthly: 8, smsCost: 1 }]),
    )
    expect(await planOf("Small")).toMatchObject({ monthly: 8, smsCost: 1, smsIncluded: 2 })
    await setRatePlanTerms(core, { ...scope, ratePlan: "Small", planType: null })
    expect(await planOf("Small")).toMatchObject({ monthly: 8, planType: null })
    await expect(setRatePlanTerms(core, { ...scope, ratePlan: "Small", smsCost: -1 })).rejects.toMatchObject({
      field: "smsCost",
    })
  })
})

describe("importLineFacts()", () => {
  it("takes over activation dates and optimization groups, and leaves what a line does not say", async () => {
    const { core, request } = await open()
    const first = await importLineFacts(
      core,
      request("device,activatedAt,optimizationGroup\n1,2026-02-03T10:00:00+02:00,G\n2,yesterday,\n3,2026-02-03,\n"),
    )
    expect(first).toEqual({
      imported: 1,
      faults: [
        { line: 3, column: "activatedAt", reason: "It cannot be read" },
        { line: 4, column: "device", reason: "The provider has none of this name" },
      ],
    })
    await importLineFacts(core, request("device,optimizationGroup\n1,H"))
    const rows = await core.store.rows(
      sql`SELECT activated_at AS "at", optimization_group AS "group" FROM device WHERE id = '1'`,
    )
    expect(rows).toEqual([{ at: Date.UTC(2026, 1, 3, 8), group: "H" }])
  })
})
