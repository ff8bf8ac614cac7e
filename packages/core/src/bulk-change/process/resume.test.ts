import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { CoreError } from "../../errors/mod.ts"
import {
  type FaultPlan,
  type FaultPoint,
  faultPlan,
  faultyCarrier,
  faultyStore,
  testRuntime,
} from "../../testing/mod.ts"
import { approveBulkChange } from "../approve-bulk-change.ts"
import { cancelBulkChange } from "../cancel-bulk-change.ts"
import type { Behaviour } from "../../../test/bulk-change/fake-carrier.ts"
import { verifyBulkChangeLog } from "../log/log.ts"
import { getBulkChange, summarizeBulkChange } from "../queries.ts"
import { deviceId, fleet, openWorld, TENANT } from "../../../test/bulk-change/test-world.ts"

const BEHAVIOURS: readonly Behaviour[] = [
  "applies",
  "shows-late",
  "refuses",
  "loses-reply",
  "loses-request",
  "does-nothing",
  "applies",
]
const COUNT = BEHAVIOURS.length
const STALE = COUNT

/** A plan of a few devices of every kind, one of them stale by the time it is approved. */
async function openTestWorld({ isApproved = true } = {}) {
  const runtime = testRuntime({ seed: 1, startAt: Date.UTC(2026, 0, 1) })
  const behaviour = (id: string) => BEHAVIOURS[Number(id.slice(-3))] ?? "applies"
  const world = await openWorld({ runtime, createClient, sql }, fleet(COUNT + 1), { behaviour })
  const plan = await world.plan()
  await world.store.unit({ name: "test.drift" }, [
    sql`UPDATE device SET carrier_rate_plan = 'X' WHERE carrier_device_id = ${deviceId(STALE)}`,
  ])
  if (isApproved) await world.approve(plan)
  return { ...world, plan, id: plan.id }
}

type TestWorld = Awaited<ReturnType<typeof openTestWorld>>

const killed = new Error("Killed")

/** A process that dies at a point: from then on nothing it does reaches the database or the carrier. */
function mortal(dieAt: FaultPoint, occurrence: number): FaultPlan {
  let isDead = false
  return faultPlan({
    onPoint(point, count) {
      isDead ||= point === dieAt && count === occurrence
      if (isDead) throw killed
    },
  })
}

const runWith = (world: TestWorld, faults: FaultPlan) =>
  world.run({
    store: faultyStore(world.store, faults),
    carrier: faultyCarrier(world.fake.carrier, faults),
    isSliced: true,
  })

/** What holds after any run that reached its end. */
async function checkEnd(world: TestWorld): Promise<void> {
  const rows = await world.rows(world.id)
  expect(await getBulkChange(world, TENANT, world.id)).toMatchObject({ state: "done" })
  expect(await summarizeBulkChange(world, TENANT, world.id)).toMatchObject({ planned: COUNT + 1, open: 0 })
  expect(await verifyBulkChangeLog(world, { tenantId: TENANT, id: world.id })).toMatchObject({
    isIntact: true,
    unsealed: 0,
  })
  // No change was sent twice, to no device, and the stale one was left alone.
  expect(new Set(world.fake.received.map(({ id }) => id)).size).toBe(world.fake.received.length)
  const sentTo = world.fake.received.map(({ carrierDeviceId }) => carrierDeviceId)
  expect(new Set(sentTo).size).toBe(sentTo.length)
  expect(sentTo).not.toContain(deviceId(STALE))
  for (const { carrierDeviceId, position, status, verifiedAt } of rows) {
    if (position === STALE) {
      expect(status).toBe("ERROR")
      continue
    }
    // The inventory is as the carrier is, and PROCESSED says exactly that the change took effect and was seen.
    const plan = world.fake.ratePlanOf(carrierDeviceId ?? "")
    expect(await world.inventoryPlan(carrierDeviceId ?? "")).toBe(plan)
    expect(status === "PROCESSED").toBe(plan === "B")
    expect(verifiedAt !== null).toBe(plan === "B")
  }
}

describe("processing that is killed", { timeout: 60_000 }, async () => {
  const clean = faultPlan()
  const world = await openTestWorld()
  await runWith(world, clean)
  await checkEnd(world)
  const orphaned = faultPlan()
  const other = await openTestWorld()
  await expect(runWith(other, mortal("after:carrier.change", 2))).rejects.toBe(killed)
  await runWith(other, orphaned)
  const points = [...clean.points]

  it("passes the units and calls that it shall", () => {
    const names = (plan: FaultPlan) =>
      new Set(
        [...plan.points.keys()].map((point) => point.replace(/^\w+:/, "")).filter((name) => !name.startsWith("jobs.")),
      )
    expect([...names(clean)].toSorted()).toEqual([
      "bulk-change.batch",
      "bulk-change.finish",
      "bulk-change.seal-log",
      "bulk-change.start",
      "carrier.change",
      "carrier.readBack",
    ])
    const onlyAfterAKill = [...names(orphaned)].filter((name) => !names(clean).has(name))
    expect(onlyAfterAKill).toEqual(["bulk-change.adopt-intents"])
  })

  it.each(points)("at %s goes on where it was, at first, in the middle and at last", async (point, count) => {
    for (const occurrence of new Set([1, 2, Math.ceil(count / 2), count])) {
      if (occurrence > count) continue
      const world = await openTestWorld()
      await expect(runWith(world, mortal(point, occurrence))).rejects.toBe(killed)
      await runWith(world, faultPlan())
      await checkEnd(world)
    }
  })

  it.each([...orphaned.points.keys()])("twice, the second time at %s, goes on where it was", async (point) => {
    const world = await openTestWorld()
    await expect(runWith(world, mortal("after:carrier.change", 2))).rejects.toBe(killed)
    await expect(runWith(world, mortal(point, 1))).rejects.toBe(killed)
    await runWith(world, faultPlan())
    await checkEnd(world)
  })

  it("says of a change that was being sent and does not show that it is unknown, and what to do", async () => {
    const world = await openTestWorld()
    await expect(runWith(world, mortal("before:carrier.change", 1))).rejects.toBe(killed)
    await runWith(world, faultPlan())
    await checkEnd(world)
    const [row] = await world.rows(world.id)
    expect(row).toMatchObject({ status: "UNKNOWN", code: "interrupted" })
    expect(row?.text).toMatch(/not sent again\. Sync the device/)
    expect(world.fake.received.map(({ carrierDeviceId }) => carrierDeviceId)).not.toContain(deviceId(0))
  })
})

const both = (unit: string): readonly FaultPoint[] => [`before:${unit}`, `after:${unit}`]

describe("what is killed on the way", { timeout: 60_000 }, () => {
  it.each(both("bulk-change.approve"))("approval at %s is asked for again and runs once", async (point) => {
    const world = await openTestWorld({ isApproved: false })
    const { id, planHash } = world.plan
    const request = { tenantId: TENANT, id, planHash, approvedBy: "test" }
    const dying = { ...world, store: faultyStore(world.store, mortal(point, 1)) }
    await expect(approveBulkChange(dying, request)).rejects.toBe(killed)
    await approveBulkChange(world, request)
    await runWith(world, faultPlan())
    await checkEnd(world)
  })

  it.each([...both("bulk-change.cancel"), ...both("bulk-change.cancel-devices")])(
    "cancelling at %s while changes are under way ends by itself or when asked again",
    async (point) => {
      const world = await openTestWorld()
      await expect(runWith(world, mortal("after:carrier.change", 3))).rejects.toBe(killed)
      const request = { tenantId: TENANT, id: world.id, cancelledBy: "test" }
      const dying = { ...world, store: faultyStore(world.store, mortal(point, 1)) }
      await expect(cancelBulkChange(dying, request)).rejects.toBe(killed)
      if (point === "before:bulk-change.cancel") await cancelBulkChange(world, request)
      await runWith(world, faultPlan())
      expect(await getBulkChange(world, TENANT, world.id)).toMatchObject({ state: "cancelled" })
      expect(await summarizeBulkChange(world, TENANT, world.id)).toEqual({
        planned: COUNT + 1,
        processed: 2,
        // The third was refused, and its answer died with the process.
        failed: 0,
        unknown: 1,
        cancelled: COUNT + 1 - 3,
        open: 0,
        verified: 2,
      })
      expect(world.fake.received).toHaveLength(3)
    },
  )

  it.each(both("bulk-change.batch"))("a device that goes back in line at %s is not sent twice", async (point) => {
    const world = await openTestWorld()
    let isAway = true
    world.fake.onCall = (name) => {
      if (name === "change" && isAway) throw new CoreError("carrier.unavailable", "Too many calls")
    }
    // The first unit begins it, the second one would put it back.
    await expect(runWith(world, mortal(point, 2))).rejects.toBe(killed)
    isAway = false
    await runWith(world, faultPlan())
    await checkEnd(world)
    const [first] = await world.rows(world.id)
    expect(first?.status).toBe(point.startsWith("before:") ? "UNKNOWN" : "PROCESSED")
  })
})
