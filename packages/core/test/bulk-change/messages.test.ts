import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { bulkChangeHandlers } from "../../src/bulk-change/process/handlers.ts"
import { bulkChangeMessageHandler, bulkChangeMessages } from "../../src/bulk-change/receive/messages.ts"
import { receiveMessages, runDueJobs } from "../../src/jobs/mod.ts"
import { testRuntime } from "../../src/testing/mod.ts"
import { deviceId, fleet, openWorld, PROVIDER, TENANT } from "./test-world.ts"

async function openHost(behaviour: () => "applies" | "refuses" = () => "applies") {
  const runtime = testRuntime({ seed: 1, startAt: Date.UTC(2026, 0, 10) })
  const world = await openWorld({ runtime, createClient, sql }, fleet(2), { behaviour })
  const carrierFor = async () => world.fake.carrier
  const host = {
    ...world,
    translators: [bulkChangeMessages],
    handlers: [...bulkChangeHandlers({ carrierFor }), bulkChangeMessageHandler(carrierFor)],
  }
  let count = 0
  const send = (attributes: Record<string, string>, body = "") =>
    receiveMessages(host, { source: "bulk-change" }, [{ id: `m${count++}`, attributes, body }])
  const run = async () => {
    for (;;) {
      const { nextDueAt } = await runDueJobs(host)
      if (nextDueAt === null) return
      await runtime.clock.sleep(nextDueAt - runtime.clock.now())
    }
  }
  return { world, send, run }
}

const request = JSON.stringify({
  ServiceProviderId: PROVIDER,
  ChangeType: 1,
  ProcessChanges: true,
  Devices: [deviceId(0)],
  StatusUpdate: { UpdateStatus: "deactivated" },
})

describe("bulkChangeMessages", { timeout: 60_000 }, () => {
  it("brings a request once, by its name, and keeps the plan of what an automated update deactivates", async () => {
    const { world, send, run } = await openHost()
    const attributes = { TenantId: TENANT, RequestId: "r1", IsFromAutomatedUpdateDeviceStatusLambda: "true" }
    expect(await send(attributes, request)).toMatchObject({ accepted: 1 })
    await send(attributes, request)
    await run()
    expect(world.fake.received.map(({ changeType }) => changeType)).toEqual(["StatusUpdate"])
    expect(world.fake.truthOf(deviceId(0))).toMatchObject({ status: "deactivated", ratePlan: "A" })
    const rows = await world.store.rows(sql`SELECT request_id AS "requestId" FROM bulk_change`)
    expect(rows).toEqual([{ requestId: "r1" }])
  })

  it("approves nothing, and tries what failed again where it says so", async () => {
    let isClosed = true
    const { world, send, run } = await openHost(() => (isClosed ? "refuses" : "applies"))
    const plan = await world.receive({ ...JSON.parse(request), processChanges: false, ProcessChanges: false })
    await send({ TenantId: TENANT, BulkChangeId: plan.id })
    await run()
    expect(world.fake.received).toEqual([])
    await world.approve(plan)
    await run()
    isClosed = false
    await send({ TenantId: TENANT, BulkChangeId: plan.id })
    await run()
    expect((await world.rows(plan.id))[0]?.status).toBe("API_FAILED")
    await send({ TenantId: TENANT, BulkChangeId: plan.id, RetryNumber: "1" })
    await run()
    expect((await world.rows(plan.id))[0]).toMatchObject({ status: "PROCESSED", round: 1 })
  })

  it.each([
    [{ BulkChangeId: "b" }, "TenantId"],
    [{ TenantId: TENANT }, "BulkChangeId"],
    [{ TenantId: TENANT, BulkChangeId: "b", RetryNumber: "often" }, "RetryNumber"],
  ])("keeps what it cannot read, with the field: %o", async (attributes, field) => {
    const { send } = await openHost()
    expect(await send(attributes as Record<string, string>)).toMatchObject({ accepted: 0, deadLettered: 1 })
    const message = { id: "m", attributes: attributes as Record<string, string>, body: "" }
    expect(() => bulkChangeMessages.translate(message)).toThrow(
      expect.objectContaining({ code: "input.invalid", field }),
    )
  })
})
