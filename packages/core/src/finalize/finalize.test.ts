import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { listCommunicationPlans, setPermittedRatePlans } from "../inventory/mod.ts"
import { enqueueJob, type JobType, runDueJobs } from "../jobs/mod.ts"
import { openStore } from "../store/mod.ts"
import { type FaultPoint, faultPlan, faultyStore, testRuntime } from "../testing/mod.ts"
import { FINALIZE_SYNC, type FinalizePayload, finalizeHandlers, getSyncSummary } from "./mod.ts"

const NOW = Date.UTC(2026, 10, 22)

const run: FinalizePayload = {
  syncRunId: "run-1",
  serviceProviderId: "p",
  billingPeriodId: "now",
  listed: 4,
  changed: 3,
  readAt: NOW - 60_000,
  optimizeAfter: true,
  optimizationSessionId: null,
  retryCount: 0,
}

async function setUp(failAt?: FaultPoint) {
  const runtime = testRuntime({ seed: 1, startAt: NOW })
  const store = await openStore({ url: ":memory:", createClient, runtime })
  const core = { store, runtime }
  const devices = [
    ["1", "Known"],
    ["2", "Permitted"],
    ["3", "New"],
    ["4", null],
  ] as const
  await store.unit({ name: "test.devices" }, [
    sql`INSERT INTO service_provider (tenant_id, id, name, integration_type, base_url, username, sealed_api_key,
        billing_period_end_day, billing_period_end_hour, time_zone, uses_proration, created_at)
      VALUES ('1', 'p', 'Carrier', 'Jasper', 'http://127.0.0.1', 'u', 'k', 18, 0, 'UTC', 0, 0)`,
    ...devices.map(
      ([
        id,
        plan,
      ]) => sql`INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status,
        carrier_status, communication_plan, content_hash, created_at, changed_at)
        VALUES ('1', 'p', ${id}, ${id}, ${id}, ${id}, 'active', 'ACTIVATED', ${plan}, 'h', 1, 1)`,
    ),
    sql`UPDATE device SET missing_since = 1 WHERE id = '4'`,
    sql`INSERT INTO device_usage VALUES ('1', 'p', 'now', '1', 5, 0, 1), ('1', 'p', 'now', '2', 0, 1, 1), ('1', 'p', 'now', '3', 0, 0, 1),
      ('1', 'p', 'before', '3', 9, 0, 1)`,
  ])
  const scope = { tenantId: "1", serviceProviderId: "p" }
  await setPermittedRatePlans(core, { ...scope, communicationPlan: "Known", ratePlans: [] })
  await setPermittedRatePlans(core, { ...scope, communicationPlan: "Permitted", ratePlans: ["A"] })
  const host = {
    runtime,
    store: faultyStore(store, faultPlan(failAt ? { failAt: { point: failAt, occurrence: 1 } } : {})),
    handlers: finalizeHandlers({
      startOptimization: (_context, request) => ({
        statements: [
          sql`INSERT INTO tenant (id, name, created_at) VALUES (${runtime.newId()}, ${request.syncRunId}, 1)`,
        ],
        next: [],
      }),
    }),
  }
  const enqueue = (payload: FinalizePayload) =>
    store.unit({ name: "test.enqueue" }, [
      enqueueJob(runtime, { type: FINALIZE_SYNC as JobType<FinalizePayload>, tenantId: "1", payload }),
    ])
  const drain = async () => {
    for (let rounds = 0; rounds < 10; rounds++) {
      const { nextDueAt } = await runDueJobs(host)
      if (nextDueAt === null) return
      await runtime.clock.advance(Math.max(0, nextDueAt - runtime.clock.now()))
    }
  }
  const sessions = () => store.rows<{ name: string }>(sql`SELECT name FROM tenant`)
  return { core, enqueue, drain, sessions }
}

describe("finalize", () => {
  it("adds new communication plans, stores the seven values, and starts the optimization that was asked for", async () => {
    const { core, enqueue, drain, sessions } = await setUp()
    await enqueue(run)
    await drain()
    expect(await getSyncSummary(core, "1", "run-1")).toMatchObject({
      detailLastSyncDate: run.readAt,
      detailQueueCount: 4,
      detailUpdatedCount: 3,
      usageLastSyncDate: run.readAt,
      usageQueueCount: 4,
      usageUpdatedCount: 2,
      deviceCount: 3,
      newCommunicationPlans: ["New"],
      communicationPlansWithoutRatePlans: ["Known", "New"],
    })
    expect((await listCommunicationPlans(core, "1", "p")).map(({ name }) => name)).toEqual([
      "Known",
      "New",
      "Permitted",
    ])
    expect(await sessions()).toEqual([{ name: "run-1" }])
  })

  it("starts no optimization that was not asked for", async () => {
    const { enqueue, drain, sessions, core } = await setUp()
    await enqueue({ ...run, optimizeAfter: false })
    await drain()
    expect(await sessions()).toEqual([])
    expect((await getSyncSummary(core, "1", "run-1")).deviceCount).toBe(3)
  })

  it.each(["before:jobs.complete", "after:jobs.complete"] as const)(
    "starts the optimization once when the process fails %s",
    async (point) => {
      const { enqueue, drain, sessions } = await setUp(point)
      await enqueue(run)
      for (let tries = 0; tries < 3; tries++) await drain()
      expect(await sessions()).toEqual([{ name: "run-1" }])
    },
  )

  it("has no summary for a run that is not finalized, or of another tenant", async () => {
    const { core, enqueue, drain } = await setUp()
    await expect(getSyncSummary(core, "1", "run-1")).rejects.toMatchObject({ code: "input.not_found" })
    await enqueue(run)
    await drain()
    await expect(getSyncSummary(core, "2", "run-1")).rejects.toMatchObject({ code: "input.not_found" })
  })
})
