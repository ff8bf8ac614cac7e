import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { CoreError } from "../../src/errors/mod.ts"
import { changeDeviceAssignments, saveCustomer, saveCustomerRatePlan } from "../../src/inventory/mod.ts"
import { findJob, listDeadJobs, listDeadMessages, receiveMessages, runDueJobs } from "../../src/jobs/mod.ts"
import { getOptimizationSession, startOptimizationSession } from "../../src/optimization/mod.ts"
import { cancelSyncRun, findLatestSyncRun, startSyncRun } from "../../src/sync/mod.ts"
import { listed, openWorkflow } from "./workflow-world.ts"
import { progressOf } from "./world.ts"

describe("a message that asks for an optimization", { timeout: 30_000 }, () => {
  it("syncs first where nothing says that it was synced, and goes on with the same session", async () => {
    const world = await openWorkflow()
    expect(await world.send(world.asked)).toEqual({ accepted: 1, repeated: 0, deadLettered: 0 })
    await world.drain()
    const sessions = await world.sessions()
    expect(sessions).toMatchObject([{ status: "CompleteWithSuccess", deviceCount: 3, moveCount: 2 }])
    const run = await findLatestSyncRun(world.core, world.tenantId, world.provider.id)
    expect(run).toMatchObject({ status: "succeeded", mode: "full", lookback: "month" })
    expect(run).toMatchObject({ optimizationSessionId: sessions[0]?.id })
    expect(sessions[0]?.syncRunId).toBe(run?.id)
    expect(progressOf(world.events).slice(0, 6)).toEqual([0, 20, 25, 30, 40, 50])
    expect(progressOf(world.events).at(-1)).toBe(100)
  })

  it("optimizes at once what was synced", async () => {
    const world = await openWorkflow()
    await startSyncRun(world.core, world.scope)
    await world.drain()
    await world.send({ ...world.asked, HasSynced: "True" })
    await world.drain()
    expect(await world.sessions()).toMatchObject([{ status: "CompleteWithSuccess", moveCount: 2 }])
    expect(progressOf(world.events)[0]).toBe(0)
    expect(progressOf(world.events)).not.toContain(20)
  })

  it.each(["ServiceProviderId", "BillPeriodId", "TenantId"])("is refused by name without %s", async (name) => {
    const world = await openWorkflow()
    expect(await world.send({ ...world.asked, [name]: " " })).toMatchObject({ deadLettered: 1 })
    expect((await listDeadMessages(world.core))[0]?.reason).toMatchObject({ code: "input.invalid", field: name })
  })

  it("handles every record of a batch, whatever is wrong with one of them", async () => {
    const world = await openWorkflow()
    const answer = await receiveMessages(world.core, { source: "optimization" }, [
      { id: "a", attributes: { TenantId: "t1" }, body: "" },
      { id: "b", attributes: { ...world.asked, HasSynced: "maybe" }, body: "" },
      { id: "c", attributes: { ...world.asked, PORTAL_TYPE_ID: "77" }, body: "" },
    ])
    expect(answer).toEqual({ accepted: 1, repeated: 0, deadLettered: 2 })
    await world.drain()
    // What cannot be read as "synced" is synced.
    expect(await world.sessions()).toMatchObject([{ status: "CompleteWithSuccess", request: { portalType: "M2M" } }])
    expect(await findLatestSyncRun(world.core, world.tenantId, world.provider.id)).toBeDefined()
  })

  it("must come from the tenant that owns the provider", async () => {
    const world = await openWorkflow()
    await world.send({ ...world.asked, TenantId: "t2" })
    await world.send({ ...world.asked, BillPeriodId: "none" })
    await world.drain()
    expect(await world.sessions()).toEqual([])
    const dead = [...(await listDeadJobs(world.core, "t2")), ...(await listDeadJobs(world.core, "t1"))]
    expect(dead.map(({ errorCode }) => errorCode)).toEqual(["input.not_found", "input.not_found"])
  })

  it.each([
    ["2026-02-01T00:00:00Z", { mode: "incremental", modifiedSince: Date.UTC(2026, 1, 1) }],
    ["02/01/2026 12:00", { mode: "full", modifiedSince: Date.UTC(2026, 0, 9, 12) }],
    ["2026-13-45", { mode: "full", modifiedSince: Date.UTC(2026, 0, 9, 12) }],
  ])("with the date %s syncs from where that says, or from the seed-full date", async (LastSyncDate, run) => {
    const world = await openWorkflow()
    await world.send({ ...world.asked, LastSyncDate })
    await world.drain()
    expect(await findLatestSyncRun(world.core, world.tenantId, world.provider.id)).toMatchObject(run)
  })

  it("that is delivered twice opens one session", async () => {
    const world = await openWorkflow()
    await world.send(world.asked, "same")
    expect(await world.send(world.asked, "same")).toMatchObject({ repeated: 1 })
    await world.drain()
    expect(await world.sessions()).toHaveLength(1)
  })

  it("tells who asks while one runs, and changes nothing", async () => {
    const world = await openWorkflow()
    await world.send(world.asked)
    await world.send(world.asked)
    await world.drain()
    const sessions = await world.sessions()
    expect(sessions).toHaveLength(1)
    expect(world.events.filter(({ type }) => type === "optimization.alreadyRunning")).toMatchObject([
      { requestId: "m2", runningSessionId: sessions[0]?.id },
    ])
    await expect(
      startOptimizationSession(world.core, { ...world.scope, billingPeriodId: world.period.id }),
    ).resolves.toEqual(expect.any(String))
  })

  it("waits while another sync of the provider runs, and starts its own", async () => {
    const world = await openWorkflow()
    const other = await startSyncRun(world.core, world.scope)
    await world.send(world.asked)
    await world.drain()
    const run = await findLatestSyncRun(world.core, world.tenantId, world.provider.id)
    expect(run?.id).not.toBe(other)
    expect(await world.sessions()).toMatchObject([{ status: "CompleteWithSuccess", syncRunId: run?.id }])
  })

  it("whose sync fails ends its session with that reason, and frees the tenant", async () => {
    const world = await openWorkflow()
    world.fleet.fault = new CoreError("carrier.credentials", "The carrier refused the key")
    await world.send(world.asked)
    await world.drain()
    expect(await world.sessions()).toMatchObject([
      { status: "CompleteWithErrors", errorCode: "carrier.credentials", errorMessage: "The carrier refused the key" },
    ])
    expect(world.events.filter(({ type }) => type === "sync.failed")).toHaveLength(1)
    expect(world.events.filter(({ type }) => type === "optimization.completed")).toMatchObject([
      { status: "CompleteWithErrors", errorCode: "carrier.credentials" },
    ])
    expect(progressOf(world.events)).toEqual([0, 20])
    world.fleet.fault = undefined
    await world.send(world.asked)
    await world.drain()
    expect((await world.sessions())[0]).toMatchObject({ status: "CompleteWithSuccess" })
  })

  it("whose sync is cancelled ends its session within minutes", async () => {
    const world = await openWorkflow()
    await world.send(world.asked)
    // Begin, and start the sync, but do not run it.
    const isStarted = async () => (await findLatestSyncRun(world.core, world.tenantId, world.provider.id)) !== undefined
    while (!(await isStarted())) await runDueJobs(world.core, { maxJobs: 1 })
    const run = await findLatestSyncRun(world.core, world.tenantId, world.provider.id)
    await cancelSyncRun(world.core, { tenantId: world.tenantId, id: run!.id })
    await world.drain()
    expect(await world.sessions()).toMatchObject([{ status: "CompleteWithErrors" }])
  })

  it("keeps the period it names, also where its sync belongs to the next one", async () => {
    const world = await openWorkflow({ now: Date.UTC(2026, 1, 17, 23, 59) })
    await world.send(world.asked)
    await world.runtime.clock.advance(120_000)
    await world.drain()
    const [session] = await world.sessions()
    const run = await findLatestSyncRun(world.core, world.tenantId, world.provider.id)
    expect(run?.billingPeriodId).not.toBe(world.period.id)
    expect(session?.billingPeriodId).toBe(world.period.id)
    expect((await getOptimizationSession(world.core, "t1", session!.id)).status).toBe("CompleteWithSuccess")
    expect(await findJob(world.core, "t1", `${run?.id}.finalize`)).toMatchObject({ state: "done" })
    expect(await world.core.store.rows(sql`SELECT 1 FROM job WHERE state = 'dead'`)).toEqual([])
  })
})

describe("a message that asks for a customer's optimization", { timeout: 30_000 }, () => {
  async function withCustomer() {
    const world = await openWorkflow()
    const { core, scope, tenantId } = world
    await startSyncRun(core, scope)
    await world.drain()
    const customer = await saveCustomer(core, { tenantId, name: "C" })
    const plans = await Promise.all(
      [
        { code: "S", includedBytes: 5 * 1_048_576, baseRate: 1_000_000 },
        { code: "L", includedBytes: 50 * 1_048_576, baseRate: 4_000_000 },
      ].map((plan) =>
        saveCustomerRatePlan(core, {
          tenantId,
          ...plan,
          overageCost: 100_000,
          overageBlockBytes: 1_048_576,
          autoChangeRatePlan: true,
        } as never),
      ),
    )
    const large = plans[1]!
    await core.store.unit({ name: "test.assign" }, [
      changeDeviceAssignments(
        scope,
        [1, 3].map((number) => ({
          carrierDeviceId: listed(number).iccid,
          customerId: customer.id,
          customerRatePlanId: large.id,
        })),
        1,
      ),
    ])
    const send = (attributes: Record<string, string>, id: string) =>
      receiveMessages(core, { source: "customerOptimization" }, [{ id, attributes, body: "" }])
    return { ...world, customer, send }
  }

  it("opens one session for it, by the names that the documents use", async () => {
    const world = await withCustomer()
    const asked = {
      TenantId: "t1",
      AMOP_CUSTOMER_ID: world.customer.id,
      BillPeriodId: world.period.id,
      SERVICE_PROVIDER_IDS: ` ${world.provider.id},`,
    }
    expect(await world.send(asked, "c1")).toMatchObject({ accepted: 1 })
    await world.send(asked, "c2")
    await world.drain()
    expect(await world.sessions()).toMatchObject([
      { status: "CompleteWithSuccess", deviceCount: 2, moveCount: 1, request: { customerId: world.customer.id } },
    ])
    expect(world.events.filter(({ type }) => type === "optimization.alreadyRunning")).toHaveLength(1)
  })

  it.each(["TenantId", "CustomerId", "BillPeriodId"])("is refused by name without %s", async (name) => {
    const world = await withCustomer()
    const asked = { TenantId: "t1", CustomerId: world.customer.id, BillPeriodId: world.period.id, [name]: "" }
    expect(await world.send(asked, "c1")).toMatchObject({ deadLettered: 1 })
    expect((await listDeadMessages(world.core))[0]?.reason.field).toBe(name)
  })
})
