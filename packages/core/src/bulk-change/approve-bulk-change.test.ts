import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { testRuntime } from "../testing/mod.ts"
import { approveBulkChange } from "./approve-bulk-change.ts"
import { getBulkChange } from "./queries.ts"
import { deviceId, fleet, moveOf, openWorld, pagesOf, TENANT } from "../../test/bulk-change/test-world.ts"

const openTestWorld = (count: number) =>
  openWorld({ runtime: testRuntime({ seed: 1, startAt: Date.UTC(2026, 0, 1) }), createClient, sql }, fleet(count))

const movesOf = (count: number, size?: number) =>
  pagesOf(
    Array.from({ length: count }, (_, index) => moveOf(deviceId(index))),
    size,
  )

describe("approveBulkChange()", { timeout: 60_000 }, () => {
  it("approves once, whoever asks again", async () => {
    const world = await openTestWorld(2)
    const plan = await world.plan()
    await world.approve(plan)
    const request = { tenantId: TENANT, id: plan.id, planHash: plan.planHash, approvedBy: "other" }
    expect(await approveBulkChange(world, request)).toMatchObject({ state: "approved", approvedBy: "test" })
    await world.run()
    expect(await approveBulkChange(world, request)).toMatchObject({ state: "done" })
    await world.run()
    expect(world.fake.received).toHaveLength(2)
  })

  it("refuses a plan that is not the one that was seen", async () => {
    const world = await openTestWorld(2)
    const plan = await world.plan()
    await expect(world.approve({ ...plan, planHash: plan.planHash.replace(/.$/, "x") })).rejects.toMatchObject({
      code: "bulk_change.plan_changed",
    })
    expect((await getBulkChange(world, TENANT, plan.id)).state).toBe("planned")
  })

  const tampering: readonly [string, ReturnType<typeof sql>][] = [
    [
      "carrier_device_id",
      sql`UPDATE bulk_change_device SET carrier_device_id = carrier_device_id || '1' WHERE position = 7`,
    ],
    ["from_values", sql`UPDATE bulk_change_device SET from_values = replace(from_values, 'A', 'a') WHERE position = 7`],
    ["to_values", sql`UPDATE bulk_change_device SET to_values = replace(to_values, 'B', 'C') WHERE position = 7`],
    ["steps", sql`UPDATE bulk_change_device SET steps = replace(steps, '"B"', '"C"') WHERE position = 7`],
    ["a blank in the steps", sql`UPDATE bulk_change_device SET steps = replace(steps, ':', ': ') WHERE position = 7`],
    ["side_effects", sql`UPDATE bulk_change_device SET side_effects = '["-"]' WHERE position = 7`],
    ["is_irreversible", sql`UPDATE bulk_change_device SET is_irreversible = 1 WHERE position = 7`],
    ["identifier", sql`UPDATE bulk_change_device SET identifier = identifier || '1' WHERE position = 7`],
    ["refusal_code", sql`UPDATE bulk_change_device SET refusal_code = NULL, refusal_text = NULL WHERE position = 9`],
    ["effective_at", sql`UPDATE bulk_change SET effective_at = 1`],
    ["saving", sql`UPDATE bulk_change_device SET saving = saving + 1 WHERE position = 7`],
    ["status", sql`UPDATE bulk_change_device SET status = 'NEW', code = NULL, text = NULL WHERE position = 9`],
    ["code", sql`UPDATE bulk_change_device SET code = '-' WHERE position = 7`],
    ["text", sql`UPDATE bulk_change_device SET text = '-' WHERE position = 7`],
    ["position", sql`UPDATE bulk_change_device SET position = 100 WHERE position = 7`],
    ["a row less", sql`DELETE FROM bulk_change_device WHERE position = 9`],
    ["service_provider_id", sql`UPDATE bulk_change SET service_provider_id = 'q'`],
  ]

  it.each(tampering)("refuses when one stored byte changed, and so does its processing: %s", async (_, statement) => {
    for (const isApproved of [false, true]) {
      const world = await openTestWorld(9)
      const plan = await world.plan({ moves: movesOf(10) })
      if (isApproved) await world.approve(plan)
      await world.store.unit({ name: "test.tamper" }, [statement])
      if (isApproved) {
        await world.run()
        expect(await getBulkChange(world, TENANT, plan.id)).toMatchObject({
          state: "approved",
          errorCode: "bulk_change.plan_changed",
        })
      } else {
        await expect(world.approve(plan)).rejects.toMatchObject({ code: "bulk_change.plan_changed" })
      }
      expect(world.fake.received).toEqual([])
    }
  })
})
