import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { testRuntime } from "../testing/mod.ts"
import { cancelBulkChange } from "./cancel-bulk-change.ts"
import type { FakeCarrierOptions } from "../../test/bulk-change/fake-carrier.ts"
import { getBulkChange, summarizeBulkChange } from "./queries.ts"
import { deviceId, fleet, openWorld, TENANT } from "../../test/bulk-change/test-world.ts"

const openTestWorld = (count: number, options: Partial<FakeCarrierOptions> = {}, seed = 1) =>
  openWorld({ runtime: testRuntime({ seed, startAt: Date.UTC(2026, 0, 1) }), createClient, sql }, fleet(count), options)

describe("cancelBulkChange()", { timeout: 60_000 }, () => {
  it("stops before the next batch; what was begun is settled, and each row says what became of it", async () => {
    const world = await openTestWorld(50, {
      behaviour: (id) => (id === deviceId(19) ? "loses-request" : "applies"),
    })
    const plan = await world.plan()
    await world.approve(plan)
    let cancelling: Promise<unknown> | undefined
    world.fake.onCall = (name) => {
      if (name === "change" && world.fake.calls.change === 20) {
        cancelling ??= cancelBulkChange(world, { tenantId: TENANT, id: plan.id, cancelledBy: "test" })
      }
    }
    await world.run({ isSliced: true })
    await cancelling
    const summary = await summarizeBulkChange(world, TENANT, plan.id)
    expect(summary).toMatchObject({ planned: 50, open: 0, failed: 0, unknown: 1 })
    expect(summary.processed + summary.unknown).toBe(world.fake.received.length)
    expect(world.fake.received.length).toBeLessThanOrEqual(20 + 3)
    expect(summary.cancelled).toBe(50 - world.fake.received.length)
    expect(await getBulkChange(world, TENANT, plan.id)).toMatchObject({ state: "cancelled", cancelledBy: "test" })
    expect(await cancelBulkChange(world, { tenantId: TENANT, id: plan.id, cancelledBy: "other" })).toEqual(summary)
  })

  it("ends a plan at once, and a done bulk change is not cancelled", async () => {
    const world = await openTestWorld(3)
    const plan = await world.plan()
    await cancelBulkChange(world, { tenantId: TENANT, id: plan.id, cancelledBy: "test" })
    expect((await getBulkChange(world, TENANT, plan.id)).state).toBe("cancelled")
    await expect(world.approve(plan)).rejects.toMatchObject({ code: "bulk_change.wrong_state" })
    const other = await world.plan()
    await world.approve(other)
    await world.run()
    await expect(
      cancelBulkChange(world, { tenantId: TENANT, id: other.id, cancelledBy: "test" }),
    ).rejects.toMatchObject({ code: "bulk_change.wrong_state" })
  })
})
