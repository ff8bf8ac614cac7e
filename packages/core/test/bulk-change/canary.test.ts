import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import {
  cancelBulkChange,
  eachLogEntry,
  getBulkChange,
  type PlanRatePlanChangesRequest,
  retryBulkChange,
  verifyBulkChangeLog,
} from "../../src/bulk-change/mod.ts"
import { CoreError } from "../../src/errors/mod.ts"
import type { Carrier } from "../../src/ports/mod.ts"
import { faultPlan, faultyStore, testRuntime } from "../../src/testing/mod.ts"
import type { FakeCarrierOptions } from "./fake-carrier.ts"
import { deviceId, fleet, moveOf, openWorld, pagesOf, TENANT } from "./test-world.ts"

const START = Date.UTC(2026, 0, 1)

async function planned(
  count: number,
  guards: PlanRatePlanChangesRequest["guards"],
  options: Partial<FakeCarrierOptions> = {},
  more: Partial<PlanRatePlanChangesRequest> = {},
) {
  const parts = { runtime: testRuntime({ seed: 1, startAt: START }), createClient, sql }
  const world = await openWorld(parts, fleet(count), options)
  const plan = await world.plan({ ...(guards && { guards }), ...more })
  const change = () => getBulkChange(world, TENANT, plan.id)
  const ends = async () => (await world.rows(plan.id)).map(({ status, code }) => code ?? status)
  return { world, plan, change, ends }
}

const failing = (...numbers: readonly number[]): Partial<FakeCarrierOptions> => ({
  behaviour: (id) => (numbers.some((number) => deviceId(number) === id) ? "does-nothing" : "applies"),
})

describe("a canary", { timeout: 60_000 }, () => {
  it("is read back before anything else is sent, and lets the others follow", async () => {
    const { world, plan, change, ends } = await planned(30, { canary: { size: 5, mostUnverified: 0 } })
    await world.approve(plan)
    const seen: number[] = []
    world.fake.onCall = (name) => {
      if (name === "change") seen.push(world.fake.calls.readBack)
    }
    await world.run()
    // The sixth change goes out only after five looks.
    expect(seen[5]).toBeGreaterThanOrEqual(5)
    expect(await ends()).toEqual(Array.from({ length: 30 }, () => "PROCESSED"))
    expect(await change()).toMatchObject({ state: "done", canaryVerdict: "passed" })
  })

  it("of which more than the share does not show stops the rest, which is told in each row", async () => {
    const { world, plan, change, ends } = await planned(
      10,
      { canary: { size: 4, mostUnverified: 0.25 } },
      failing(0, 2),
    )
    await world.approve(plan)
    await world.run()
    const stopped = Array.from({ length: 6 }, () => "canary_failed")
    expect(await ends()).toEqual(["not_applied", "PROCESSED", "not_applied", "PROCESSED", ...stopped])
    expect(await change()).toMatchObject({ state: "done", canaryVerdict: "failed" })
    expect(world.fake.received).toHaveLength(4)
    expect((await world.rows(plan.id)).at(-1)?.text).toMatch(/of the 4 changes that went first only 2 were seen/)
  })

  it("of which just the share does not show goes on", async () => {
    const { world, plan, ends } = await planned(6, { canary: { size: 4, mostUnverified: 0.25 } }, failing(0))
    await world.approve(plan)
    await world.run()
    expect((await ends()).slice(1)).toEqual(Array.from({ length: 5 }, () => "PROCESSED"))
  })

  it("counts what can be sent, not what the plan refused", async () => {
    const moves = pagesOf([{ ...moveOf(deviceId(0)), toRatePlan: "A" }, ...[1, 2, 3].map((n) => moveOf(deviceId(n)))])
    const { world, plan, ends } = await planned(4, { canary: { size: 1, mostUnverified: 0 } }, failing(1), { moves })
    await world.approve(plan)
    await world.run()
    expect(await ends()).toEqual(["no_change", "not_applied", "canary_failed", "canary_failed"])
  })

  it("as large as the whole plan or larger just runs", async () => {
    const { world, plan, change, ends } = await planned(3, { canary: { size: 9, mostUnverified: 0 } })
    await world.approve(plan)
    await world.run()
    expect(await ends()).toEqual(["PROCESSED", "PROCESSED", "PROCESSED"])
    expect(await change()).toMatchObject({ state: "done", canaryVerdict: "passed" })
  })

  describe("that failed", () => {
    async function failed(parts: Partial<FakeCarrierOptions> = {}) {
      let isMended = false
      const { behaviour } = failing(0, 2)
      const made = await planned(
        10,
        { canary: { size: 4, mostUnverified: 0.25 } },
        { behaviour: (...args) => (isMended ? "applies" : (behaviour?.(...args) ?? "applies")), ...parts },
      )
      const { world, plan } = made
      await world.approve(plan)
      await world.run()
      const sent = world.fake.received.length
      return {
        ...made,
        mend: () => (isMended = true),
        retry: (more: object = {}) =>
          retryBulkChange(world, { tenantId: TENANT, id: plan.id, requestedBy: "ann", ...more }),
        sentSince: () => world.fake.received.slice(sent).map(({ carrierDeviceId }) => carrierDeviceId),
      }
    }

    it("is retried when its cause is mended: what failed goes first, and then the rest", async () => {
      const { world, plan, change, ends, mend, retry, sentSince } = await failed()
      mend()
      expect(await retry()).toMatchObject({ state: "processing", round: 1, canaryVerdict: null })
      const looks = world.fake.calls.readBack
      const seen: number[] = []
      world.fake.onCall = (name) => {
        if (name === "change") seen.push(world.fake.calls.readBack - looks)
      }
      await world.run()
      expect(sentSince()).toEqual([0, 2, 4, 5, 6, 7, 8, 9].map(deviceId))
      // As many as before go first, and the fifth goes out only when they were looked at.
      expect(seen[4]).toBeGreaterThanOrEqual(4)
      expect(await ends()).toEqual(Array.from({ length: 10 }, () => "PROCESSED"))
      expect(await change()).toMatchObject({ state: "done", canaryVerdict: "passed" })
      expect(await verifyBulkChangeLog(world, { tenantId: TENANT, id: plan.id })).toMatchObject({ isIntact: true })
    })

    it("and fails again sends no more than it, and can be retried again", async () => {
      const { world, change, ends, mend, retry, sentSince } = await failed()
      await retry()
      await world.run()
      expect(sentSince()).toEqual([0, 2, 4, 5].map(deviceId))
      const stopped = Array.from({ length: 4 }, () => "canary_failed")
      const first = ["not_applied", "PROCESSED", "not_applied", "PROCESSED", "PROCESSED", "PROCESSED"]
      expect(await ends()).toEqual([...first, ...stopped])
      expect(await change()).toMatchObject({ state: "done", canaryVerdict: "failed", round: 1 })
      mend()
      await retry()
      await world.run()
      expect(await ends()).toEqual(Array.from({ length: 10 }, () => "PROCESSED"))
      expect(await change()).toMatchObject({ state: "done", canaryVerdict: "passed", round: 2 })
    })

    it("is waived by who says so, which the log keeps", async () => {
      const { world, plan, change, ends, retry } = await failed()
      await retry({ waivesCanary: true })
      await world.run()
      const good = Array.from({ length: 7 }, () => "PROCESSED")
      expect(await ends()).toEqual(["not_applied", "PROCESSED", "not_applied", ...good])
      expect(await change()).toMatchObject({ state: "done", canaryVerdict: "waived" })
      const told = []
      for await (const page of eachLogEntry(world, { tenantId: TENANT, id: plan.id })) told.push(...page)
      expect(told).toContainEqual(
        expect.objectContaining({
          ProcessBy: "ann",
          LogEntryDescription: expect.stringMatching(/Round 1.*nothing waits/),
        }),
      )
    })

    it.each(["before", "after"] as const)("and was asked to go on %s a crash is asked again, once", async (when) => {
      const { world, plan, ends, mend, sentSince } = await failed()
      mend()
      const point = `${when}:bulk-change.retry` as const
      const crashing = { ...world, store: faultyStore(world.store, faultPlan({ failAt: { point, occurrence: 1 } })) }
      const key = { tenantId: TENANT, id: plan.id, requestedBy: "ann" }
      await expect(retryBulkChange(crashing, key)).rejects.toThrow()
      await retryBulkChange(world, key).catch((error: unknown) => {
        expect(error).toMatchObject({ code: "bulk_change.wrong_state" })
      })
      await world.run()
      expect(sentSince()).toEqual([0, 2, 4, 5, 6, 7, 8, 9].map(deviceId))
      expect(await ends()).toEqual(Array.from({ length: 10 }, () => "PROCESSED"))
    })
  })

  it("under way, is cancelled with the rest", async () => {
    const { world, plan, ends } = await planned(5, { canary: { size: 2, mostUnverified: 0 } })
    await world.approve(plan)
    await cancelBulkChange(world, { tenantId: TENANT, id: plan.id, cancelledBy: "test" })
    await world.run()
    expect(await ends()).toEqual(Array.from({ length: 5 }, () => "cancelled"))
  })
})

describe("the last instant of a bulk change", () => {
  it("leaves what could not be begun by then as it is, by name", async () => {
    const { world, plan, ends } = await planned(300, { notAfter: START + 15_000 }, { callMs: 100 })
    await world.approve(plan)
    await world.run()
    const all = await ends()
    const late = all.filter((end) => end === "too_late").length
    expect(late).toBeGreaterThan(50)
    expect(late).toBeLessThan(250)
    expect(all.filter((end) => end === "PROCESSED")).toHaveLength(300 - late)
    expect(world.fake.received).toHaveLength(300 - late)
    expect(Math.max(...world.fake.begunAt)).toBeLessThan(START + 15_000)
  })

  it("is told to a connector in which calls wait, and what it did not send by then is left too", async () => {
    const { world, plan, ends } = await planned(40, { notAfter: START + 15_000 })
    await world.approve(plan)
    const { clock } = world.runtime
    const change: Carrier["change"] = async (intent, options = {}) => {
      await clock.sleep(1_000)
      if (clock.now() >= (options.notAfter ?? Infinity)) throw new CoreError("carrier.unavailable", "Not sent in time")
      return world.fake.carrier.change(intent, options)
    }
    await world.run({ carrier: { ...world.fake.carrier, change } })
    const all = await ends()
    const { received, begunAt } = world.fake
    expect(all).toEqual(Array.from({ length: 40 }, (_, index) => (index < received.length ? "PROCESSED" : "too_late")))
    expect(received.length).toBeGreaterThan(5)
    expect(Math.max(...begunAt)).toBeLessThan(START + 15_000)
  })
})

describe("guards", () => {
  it.each([
    [{ canary: { size: 0, mostUnverified: 0 } }, "canary.size"],
    [{ canary: { size: 1, mostUnverified: 1.5 } }, "canary.mostUnverified"],
    [{ canary: { size: 1, mostUnverified: Number.NaN } }, "canary.mostUnverified"],
    [{ notAfter: 1.5 }, "notAfter"],
  ])("%j are refused by name", async (guards, field) => {
    await expect(planned(1, guards)).rejects.toMatchObject({ code: "input.invalid", field })
  })

  it("are part of what is approved", async () => {
    const { world, plan } = await planned(3, { canary: { size: 1, mostUnverified: 0 } })
    await world.store.unit({ name: "test.tamper" }, [sql`UPDATE bulk_change SET canary_size = 3`])
    await expect(world.approve(plan)).rejects.toMatchObject({ code: "bulk_change.plan_changed" })
  })
})
