import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { CoreError } from "../errors/mod.ts"
import { enqueueJob, listDeadJobs, redriveDeadJob, runDueJobs } from "../jobs/mod.ts"
import { openStore } from "../store/mod.ts"
import { importSealingKey } from "../tenancy/mod.ts"
import { type FaultPoint, faultPlan, faultyStore, testRuntime } from "../testing/mod.ts"
import { type Deliverer, listDeliverers, type NotificationEvent, notificationHandlers, notify } from "./mod.ts"

const NOW = Date.UTC(2026, 10, 22)

const progress = (percent: number, sessionId = "s1"): NotificationEvent => ({
  type: "optimization.progress",
  occurredAt: NOW,
  sessionId,
  serviceProviderId: "p1",
  serviceProviderName: "Jasper",
  integrationType: "Jasper",
  optimizationType: "Carrier",
  billingPeriodId: "b1",
  billingPeriodStartsAt: NOW,
  billingPeriodEndsAt: NOW + 1,
  deviceCount: 3,
  customerId: null,
  siteId: null,
  progress: percent,
})

/** A deliverer that notes what it delivered, and fails as often as it is told. */
function recorder(name: string, receivers: readonly string[] = [""]) {
  const delivered: string[] = []
  const failures: CoreError[] = []
  const deliverer: Deliverer = {
    name,
    takes: ["optimization.progress"],
    receiversOf: async () => ({ state: "on", receivers }),
    deliver: async ({ event, receiver, eventId }) => {
      const failure = failures.shift()
      if (failure) throw failure
      delivered.push(`${receiver}${event.type === "optimization.progress" ? event.progress : eventId}`)
      return []
    },
  }
  return { deliverer, delivered, failures }
}

const off: Deliverer = {
  name: "fax",
  takes: ["optimization.progress"],
  receiversOf: async () => ({ state: "off", reason: "it has no number" }),
  deliver: () => Promise.reject(new Error("must not be asked")),
}

async function outbox(deliverers: readonly Deliverer[], failAt?: FaultPoint) {
  const runtime = testRuntime({ seed: 1, startAt: NOW })
  const real = await openStore({ url: ":memory:", createClient, runtime })
  const store = faultyStore(real, faultPlan(failAt ? { failAt: { point: failAt, occurrence: 2 } } : {}))
  const sealingKey = await importSealingKey(btoa("k".repeat(32)))
  const core = { store, runtime, sealingKey, deliverers, handlers: notificationHandlers({ deliverers, sealingKey }) }
  const write = (...events: readonly NotificationEvent[]) =>
    real.unit(
      { name: "test.change" },
      events.map((event) => enqueueJob(runtime, notify("t1", event))),
    )
  const drain = async () => {
    for (let rounds = 0; rounds < 200; rounds++) {
      const { nextDueAt } = await runDueJobs(core)
      if (nextDueAt === null) return
      await runtime.clock.advance(Math.max(0, nextDueAt - runtime.clock.now()))
    }
  }
  return { core, real, write, drain, runtime }
}

const unavailable = () => new CoreError("notification.unavailable", "not now")

describe("the outbox", () => {
  it("writes an event with its change or not at all", async () => {
    const { deliverer, delivered } = recorder("a")
    const { real, runtime, drain } = await outbox([deliverer])
    await expect(
      real.unit({ name: "test.change" }, [
        enqueueJob(runtime, notify("t1", progress(20))),
        sql`INSERT INTO tenant (id, name, created_at) VALUES (NULL, NULL, NULL)`,
      ]),
    ).rejects.toMatchObject({ code: "store.constraint" })
    await drain()
    expect(delivered).toEqual([])
  })

  it("delivers an event once that was written twice", async () => {
    const { deliverer, delivered } = recorder("a")
    const { write, drain } = await outbox([deliverer])
    await write(progress(20))
    await write(progress(20))
    await drain()
    await write(progress(20))
    await drain()
    expect(delivered).toEqual(["20"])
  })

  it("retries one deliverer without sending again what another delivered", async () => {
    const a = recorder("a")
    const b = recorder("b")
    a.failures.push(unavailable(), unavailable())
    const { write, drain } = await outbox([a.deliverer, b.deliverer])
    await write(progress(0), progress(20))
    await drain()
    expect(a.delivered).toEqual(["0", "20"])
    expect(b.delivered).toEqual(["0", "20"])
  })

  it("keeps the order of one session while its first event is retried; other sessions go on", async () => {
    const { deliverer, delivered, failures } = recorder("a")
    failures.push(unavailable())
    const { core, write, drain } = await outbox([deliverer])
    await write(progress(0), progress(20), progress(30))
    await write(progress(50, "s2"))
    await runDueJobs(core)
    expect(delivered).toEqual(["50"])
    await drain()
    expect(delivered).toEqual(["50", "0", "20", "30"])
  })

  it("gives up with the reason, lets later events go, and delivers after a redrive", async () => {
    const { deliverer, delivered, failures } = recorder("a", ["x/", "y/"])
    failures.push(new CoreError("notification.refused", "unknown session"))
    const { core, write, drain } = await outbox([deliverer])
    await write(progress(0), progress(20))
    await drain()
    expect(delivered.toSorted()).toEqual(["x/20", "y/0", "y/20"])
    const [dead, ...others] = await listDeadJobs(core, "t1")
    expect(others).toEqual([])
    expect(dead).toMatchObject({ type: "notifications.deliver", errorCode: "notification.refused" })
    await redriveDeadJob(core, "t1", dead?.id ?? "")
    await drain()
    expect(delivered.toSorted()).toEqual(["x/0", "x/20", "y/0", "y/20"])
  })

  it.each(["before:jobs.complete", "after:jobs.complete"] as const)("loses nothing when it fails %s", async (point) => {
    const { deliverer, delivered } = recorder("a")
    const { write, drain } = await outbox([deliverer], point)
    await write(progress(0), progress(20))
    for (let tries = 0; tries < 3; tries++) await drain()
    expect([...new Set(delivered)]).toEqual(["0", "20"])
  })

  it("says which deliverers are off, and is content with none", async () => {
    const { deliverer } = recorder("a")
    const { core, write, drain } = await outbox([off, { ...deliverer, name: "b", receiversOf: off.receiversOf }])
    await write(progress(0))
    await drain()
    expect(await listDeadJobs(core, "t1")).toEqual([])
    expect(await listDeliverers(core, "t1")).toMatchObject([
      { name: "fax", state: "off", reason: "it has no number" },
      { name: "b", state: "off" },
    ])
  })

  it("drops what is underway to a deliverer that was switched off", async () => {
    const { deliverer, delivered, failures } = recorder("a")
    failures.push(unavailable())
    let isOn = true
    const { write, drain, core } = await outbox([
      {
        ...deliverer,
        receiversOf: async () => (isOn ? { state: "on", receivers: [""] } : off.receiversOf({} as never, "")),
      },
    ])
    await write(progress(0))
    await runDueJobs(core)
    isOn = false
    await drain()
    expect(delivered).toEqual([])
    expect(await listDeadJobs(core, "t1")).toEqual([])
  })

  it("refuses an event that is not in its shape, and names the field", () => {
    expect(() => notify("t1", { ...progress(101) })).toThrow(expect.objectContaining({ field: "progress" }))
    expect(() => notify("t1", progress(1, ""))).toThrow(expect.objectContaining({ field: "sessionId" }))
    expect(() => notify("t1", { type: "other" } as never)).toThrow(expect.objectContaining({ code: "input.invalid" }))
  })
})
