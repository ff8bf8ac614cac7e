import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it, vi } from "vitest"
import type { Carrier, ScanCertificate } from "../ports/mod.ts"
import { openStore } from "../store/mod.ts"
import { faultPlan } from "./fault-plan.ts"
import { faultyCarrier } from "./faulty-carrier.ts"
import { faultyStore } from "./faulty-store.ts"
import { testRuntime } from "./test-runtime.ts"

const addTenant = (id: string) => sql`INSERT INTO tenant (id, name, created_at) VALUES (${id}, 'T', 1)`
const openTestStore = () => openStore({ url: ":memory:", createClient, runtime: testRuntime({ seed: 1, startAt: 0 }) })

describe("faultyStore()", () => {
  it("fails before a unit is written, or after, at the occurrence asked for, and records the points", async () => {
    const plain = await openTestStore()
    const before = faultPlan({ failAt: { point: "before:test.add", occurrence: 2 } })
    const store = faultyStore(plain, before)
    await store.unit({ name: "test.add" }, [addTenant("a")])
    await expect(store.unit({ name: "test.add" }, [addTenant("b")])).rejects.toMatchObject({
      code: "store.unavailable",
    })
    expect(before.trace).toEqual(["before:test.add", "after:test.add", "before:test.add"])
    expect(before.points.get("before:test.add")).toBe(2)

    const after = faultPlan({ failAt: { point: "after:test.add", occurrence: 1 }, error: new RangeError("mine") })
    await expect(faultyStore(plain, after).unit({ name: "test.add" }, [addTenant("c")])).rejects.toThrow("mine")
    expect(await store.rows(sql`SELECT id FROM tenant ORDER BY id`)).toEqual([{ id: "a" }, { id: "c" }])
  })

  it("tells every point to the plan", async () => {
    const onPoint = vi.fn<(point: string, occurrence: number) => void>()
    const store = faultyStore(await openTestStore(), faultPlan({ onPoint }))
    await store.unit({ name: "test.add" }, [addTenant("a")])
    expect(onPoint.mock.calls).toEqual([
      ["before:test.add", 1],
      ["after:test.add", 1],
    ])
  })
})

describe("faultyCarrier()", () => {
  const certificate = { certified: true } as ScanCertificate
  const send = vi.fn<Carrier["change"]>(async () => ({ outcome: "applied", code: null, text: "" }))
  const carrier: Carrier = {
    capabilities: {} as Carrier["capabilities"],
    async *list() {
      yield { rows: [], checkpoint: "1", pagesRead: 1, pagesExpected: 2 }
      yield { rows: [], checkpoint: "2", pagesRead: 2, pagesExpected: 2 }
      return certificate
    },
    get: async () => undefined,
    ratePlans: async () => [],
    async *usage() {
      yield { rows: [], checkpoint: "1", pagesRead: 1 }
    },
    change: send,
    readBack: async () => ({ outcome: "applied", code: null, text: "" }),
  }
  const intent = {
    id: "1",
    changeType: "CarrierRatePlanChange",
    carrierDeviceId: "x",
    ratePlan: "P",
    communicationPlan: null,
  } as const

  it("passes scans through batch by batch, with their certificate", async () => {
    const plan = faultPlan()
    const scan = faultyCarrier(carrier, plan).list({ scope: "all", countStored: async () => 0 })
    const seen = [await scan.next(), await scan.next(), await scan.next()]
    expect(seen.map(({ done }) => done)).toEqual([false, false, true])
    expect(seen[2]?.value).toBe(certificate)
    expect(plan.points.get("after:carrier.list")).toBe(3)
  })

  it("loses a batch and closes the scan", async () => {
    const plan = faultPlan({ failAt: { point: "after:carrier.usage", occurrence: 1 } })
    const period = { startsAt: 0, endsAt: 1, timeZone: "UTC" }
    await expect(faultyCarrier(carrier, plan).usage({ ratePlans: [], period }).next()).rejects.toMatchObject({
      code: "carrier.unavailable",
    })
  })

  it("answers unknown for a change whose answer is lost, and does not send one it fails before", async () => {
    const after = faultPlan({ failAt: { point: "after:carrier.change", occurrence: 1 } })
    expect(await faultyCarrier(carrier, after).change(intent)).toMatchObject({ outcome: "unknown" })
    expect(send).toHaveBeenCalledTimes(1)
    const before = faultPlan({ failAt: { point: "before:carrier.change", occurrence: 1 } })
    await expect(faultyCarrier(carrier, before).change(intent)).rejects.toMatchObject({ code: "carrier.unavailable" })
    expect(send).toHaveBeenCalledTimes(1)
  })
})
