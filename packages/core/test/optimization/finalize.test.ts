import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { awaitRows, completeRows, FINALIZE_SYNC, finalizeHandlers, getSyncSummary } from "../../src/finalize/mod.ts"
import { changeDeviceAssignments, createSite, findDeviceAssignments, saveCustomer } from "../../src/inventory/mod.ts"
import { findLatestSyncRun, startSyncRun } from "../../src/sync/mod.ts"
import { listed, openWorkflow } from "./workflow-world.ts"

const MINUTE = 60_000

async function synced(options: Parameters<typeof openWorkflow>[0] = {}) {
  const world = await openWorkflow(options)
  const { core, scope, tenantId } = world
  const wait = (numbers: readonly number[], serviceProviderId = scope.serviceProviderId) =>
    core.store.unit({ name: "test.rows" }, [
      awaitRows({ tenantId, serviceProviderId, carrierDeviceIds: numbers.map((n) => listed(n).iccid) }, 0),
    ])
  const latest = async () => (await findLatestSyncRun(core, tenantId, scope.serviceProviderId))!
  const summary = async () => getSyncSummary(core, tenantId, (await latest()).id)
  return { ...world, wait, latest, summary }
}

describe("finalize, waiting for rows", { timeout: 30_000 }, () => {
  it("looks again every five minutes, and goes on as soon as none is left", async () => {
    const world = await synced()
    await world.wait([1, 2])
    await world.send(world.asked)
    const began = world.runtime.clock.now()
    await world.drain(began + 12 * MINUTE)
    expect(await world.sessions()).toMatchObject([{ status: "NotStarted" }])
    await world.core.store.unit({ name: "test.rows" }, [
      completeRows({ ...world.scope, carrierDeviceIds: [listed(1).iccid, listed(2).iccid] }),
    ])
    await world.drain()
    expect(await world.summary()).toMatchObject({ notRefreshedCount: 0 })
    expect(await world.sessions()).toMatchObject([
      { status: "CompleteWithSuccess", syncRunId: (await world.latest()).id },
    ])
  })

  it("waits fourteen times 300 seconds, then clears this provider's rows, counts them, and goes on with the session", async () => {
    const world = await synced()
    await world.wait([1, 2])
    await world.wait([9], "another provider")
    await world.send(world.asked)
    const began = world.runtime.clock.now()
    await world.drain()
    const [session] = await world.sessions()
    expect(session).toMatchObject({ status: "CompleteWithSuccess", billingPeriodId: world.period.id })
    const waited = (await world.summary()).createdAt - began
    expect([waited >= 4_200_000, waited < 4_200_000 + 10 * MINUTE]).toEqual([true, true])
    expect(await world.summary()).toMatchObject({ notRefreshedCount: 2, deviceCount: 3 })
    expect(world.events.find(({ type }) => type === "sync.summary")).toMatchObject({ notRefreshedCount: 2 })
    const left = await world.core.store.rows<{ provider: string }>(
      sql`SELECT service_provider_id AS provider FROM row_to_process`,
    )
    expect(left).toEqual([{ provider: "another provider" }])
    // Every look carried the session with it, and there was one for each wait.
    const looks = await world.core.store.rows<{ payload: string }>(
      sql`SELECT payload FROM job WHERE type = 'finalize.sync' ORDER BY created_at`,
    )
    const carried = looks.map(
      ({ payload }) => JSON.parse(payload) as { retryCount: number; optimizationSessionId: string },
    )
    expect(carried.map(({ retryCount }) => retryCount)).toEqual(Array.from({ length: 15 }, (_, at) => at))
    expect(new Set(carried.map(({ optimizationSessionId }) => optimizationSessionId))).toEqual(new Set([session?.id]))
  })

  it("may be told to stop at the maximum: the session ends with that reason", async () => {
    const finalize = { maxRetries: 2, delayBetweenRetriesMs: 1_000, atMaximum: "stop" } as const
    const world = await synced({ core: { finalize } })
    await world.wait([1])
    await world.send(world.asked)
    await world.drain()
    expect(await world.sessions()).toMatchObject([{ status: "CompleteWithErrors", errorCode: "sync.rows_left" }])
    expect(world.events.filter(({ type }) => type === "sync.failed")).toMatchObject([{ code: "sync.rows_left" }])
    expect(await world.core.store.rows(sql`SELECT 1 FROM row_to_process`)).toHaveLength(1)
  })
})

describe("finalize, reconciling", { timeout: 30_000 }, () => {
  it("restores archived devices that show activity, and gives those without a site the default one", async () => {
    const world = await synced()
    const { core, scope, tenantId } = world
    const customer = await saveCustomer(core, { tenantId, name: "Main" })
    const site = await createSite(core, { tenantId, customerId: customer.id, name: "Depot" })
    const own = await createSite(core, { tenantId, customerId: customer.id, name: "Own" })
    await core.store.unit({ name: "test.archive" }, [
      sql`UPDATE service_provider SET default_site_id = ${site.id}`,
      changeDeviceAssignments(
        scope,
        [
          { carrierDeviceId: listed(1).iccid, customerId: customer.id, siteId: own.id, archivedAt: 5 },
          { carrierDeviceId: listed(3).iccid, archivedAt: 5 },
        ],
        1,
      ),
    ])
    // The third one used nothing.
    world.fleet.usage = world.fleet.usage.filter(({ carrierDeviceId }) => carrierDeviceId !== listed(3).iccid)
    await startSyncRun(core, scope)
    await world.drain()
    const found = await findDeviceAssignments(core, {
      ...scope,
      carrierDeviceIds: [1, 2, 3].map((number) => listed(number).iccid),
    })
    const byId = new Map(
      found.map(({ carrierDeviceId, siteId, archivedAt }) => [carrierDeviceId, [siteId, archivedAt]]),
    )
    expect([1, 2, 3].map((number) => byId.get(listed(number).iccid))).toEqual([
      [own.id, null],
      [site.id, null],
      [site.id, 5],
    ])
    expect(await world.summary()).toMatchObject({ defaultSiteCount: 2, restoredCount: 1 })
    await startSyncRun(core, scope)
    await world.drain()
    expect(await world.summary()).toMatchObject({ defaultSiteCount: 0, restoredCount: 0 })
  })

  it("keeps what a device was before the sync changed its status", async () => {
    const world = await synced()
    await startSyncRun(world.core, world.scope)
    await world.drain()
    world.fleet.devices[0] = listed(1, { status: "deactivated", carrierStatus: "DEACTIVATED" })
    await startSyncRun(world.core, world.scope)
    await world.drain()
    const history = await world.core.store.rows(sql`SELECT status, sync_run_id AS run FROM device_version`)
    expect(history).toEqual([{ status: "active", run: (await world.latest()).id }])
  })

  it("adds and tells new communication plans of this provider, whoever else has one of that name", async () => {
    const world = await synced()
    await world.core.store.unit({ name: "test.other" }, [
      sql`INSERT INTO communication_plan (tenant_id, service_provider_id, name, id, created_at)
        VALUES ('t1', 'another provider', 'Boats', 'x', 0)`,
    ])
    world.fleet.devices.push(listed(4, { communicationPlan: "Boats" }))
    await startSyncRun(world.core, world.scope)
    await world.drain()
    expect(await world.summary()).toMatchObject({ newCommunicationPlans: ["Boats"] })
    expect(world.events.filter(({ type }) => type === "communicationPlans.added")).toMatchObject([{ names: ["Boats"] }])
  })

  it("goes through other carriers' own rules, and starts their optimization only where these say so", async () => {
    const order: string[] = []
    const integrations = {
      Telegence: {
        startsOptimization: false,
        reconcile: () => {
          order.push("own rules")
          return Promise.resolve()
        },
      },
    }
    const world = await synced({ provider: { integrationType: "Telegence" }, core: { integrations } })
    await startSyncRun(world.core, { ...world.scope, optimizeAfter: true })
    await world.drain()
    expect(order).toEqual(["own rules"])
    expect(await world.summary()).toMatchObject({ deviceCount: 3 })
    expect(await world.sessions()).toEqual([])
  })

  it.each(["Jasper", "POD19", "TMobileJasper", "Rogers"])("starts the optimization of %s", async (integrationType) => {
    const world = await synced({ provider: { integrationType } })
    const started: string[] = []
    const handler = finalizeHandlers({
      startOptimization: (_, { syncRunId }) => {
        started.push(syncRunId)
        return { statements: [], next: [] }
      },
    }).find(({ type }) => type.type === FINALIZE_SYNC.type)!
    await handler.run(
      {
        syncRunId: "r",
        serviceProviderId: world.provider.id,
        billingPeriodId: world.period.id,
        listed: 0,
        changed: 0,
        readAt: 0,
        optimizeAfter: true,
        optimizationSessionId: null,
        retryCount: 0,
      },
      {
        ...world.core,
        tenantId: "t1",
        jobId: "j",
        attempt: 1,
        signal: new AbortController().signal,
        unit: async () => [],
      },
    )
    expect(started).toEqual(["r"])
  })

  it("tells that the sync is complete before the optimization starts, once", async () => {
    const world = await synced()
    await startSyncRun(world.core, { ...world.scope, optimizeAfter: true })
    await world.drain()
    const [told, ...more] = world.events.filter(({ type }) => type === "sync.summary")
    expect(more).toEqual([])
    const [session] = await world.sessions()
    expect(told?.occurredAt).toBeLessThanOrEqual(session?.startedAt ?? 0)
  })
})
