import { createSimulator, type Simulator } from "@altaworx/jasper-client/simulator"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { approveBulkChange } from "../../src/bulk-change/mod.ts"
import { controlCenter } from "../../src/carriers/control-center/mod.ts"
import { listRatePlans, setPermittedRatePlans } from "../../src/inventory/mod.ts"
import { planOptimizationChanges } from "../../src/mod.ts"
import {
  findLatestOptimizationSession,
  findOptimizationApply,
  getOptimizationSession,
  listOptimizationResults,
} from "../../src/optimization/mod.ts"
import { findDeviceAuthentications, setIntegrationAuthentication } from "../../src/providers/mod.ts"
import { getSyncRun, startSyncRun } from "../../src/sync/mod.ts"
import { testRuntime } from "../../src/testing/mod.ts"
import { openWorkflow } from "./workflow-world.ts"

const NOW = Date.UTC(2026, 10, 22, 12)
const NORTH = { username: "north", apiKey: "north-key" }
const SOUTH = { username: "south", apiKey: "south-key" }

/** One provider with two accounts at the simulated Control Center, each with a fleet of its own. */
async function openTwoAccounts() {
  const byUser = (request: Request) =>
    atob((request.headers.get("authorization") ?? "").slice("Basic ".length)).split(":")[0] === "north" ? north : south
  const fetch: typeof globalThis.fetch = (input, init) => {
    const request = new Request(input, init)
    return byUser(request).fetch(request)
  }
  const virtual = testRuntime({ seed: 1, startAt: NOW, fetch })
  const runtime = { ...virtual, clock: { ...virtual.clock, now: () => Math.floor(virtual.clock.now()) } }
  const simulate = (seed: number, credentials: typeof NORTH): Simulator =>
    createSimulator({ seed, devices: 120, callsPerSecond: 50, clock: runtime.clock, credentials })
  const north = simulate(3, NORTH)
  const south = simulate(4, SOUTH)
  const world = await openWorkflow({
    runtime,
    provider: { baseUrl: "http://127.0.0.1", ...NORTH, name: "North" },
    core: {
      connectors: { Jasper: (account) => controlCenter(account, runtime, { callsPerSecond: 50, scanMarginMs: 0 }) },
      // Each slice reads one page: a scan goes on from its checkpoint in the middle of an account, and between two.
      sync: { pagesPerSlice: 1 },
      deliverers: [],
    },
  })
  const { core, scope, drain, tenantId } = world
  const authentication = { ...scope, name: "South", ...SOUTH }
  const { id: southId } = await setIntegrationAuthentication(core, core.sealingKey, authentication)
  await core.carrierFor(tenantId, scope.serviceProviderId)
  const sync = async (optimizeAfter: boolean) => {
    const id = await startSyncRun(core, { ...scope, lookback: "all", optimizeAfter })
    await drain()
    return getSyncRun(core, tenantId, id)
  }
  const iccidsOf = (simulator: Simulator) => [...simulator.state].map(({ iccid }) => iccid)
  return { ...world, north, south, southId, sync, iccidsOf }
}

describe("a provider with several integration authentications (S2.5)", { timeout: 60_000 }, () => {
  it("lists each account, solves each by itself, and changes a device through its own account", async () => {
    const { core, scope, tenantId, north, south, southId, sync, iccidsOf, drain } = await openTwoAccounts()

    const first = await sync(false)
    expect(first.status).toBe("succeeded")
    expect(first.certificate).toMatchObject({ certified: true, scope: "all", rows: 240 })
    const listed = await core.store.rows<{ id: string }>(sql`SELECT carrier_device_id AS id FROM device ORDER BY id`)
    expect(listed.map(({ id }) => id)).toEqual([...iccidsOf(north), ...iccidsOf(south)].toSorted())
    const seen = await findDeviceAuthentications(core, scope, [...iccidsOf(north), ...iccidsOf(south)])
    expect(iccidsOf(north).every((iccid) => seen.get(iccid) === scope.serviceProviderId)).toBe(true)
    expect(iccidsOf(south).every((iccid) => seen.get(iccid) === southId)).toBe(true)

    const ratePlans = (await listRatePlans(core, tenantId, scope.serviceProviderId)).map(({ name }) => name)
    const plans = await core.store.rows<{ name: string }>(sql`SELECT DISTINCT communication_plan AS name FROM device`)
    for (const { name } of plans) await setPermittedRatePlans(core, { ...scope, communicationPlan: name, ratePlans })
    await sync(true)
    const latest = await findLatestOptimizationSession(core, tenantId)
    expect(latest).toMatchObject({ status: "CompleteWithSuccess", errorMessage: null })
    const session = await getOptimizationSession(core, tenantId, latest?.id ?? "")
    const accounts = session.problems.map(({ definition }) => definition.integrationAuthenticationId)
    expect(new Set(accounts)).toEqual(new Set([scope.serviceProviderId, southId]))
    // No pool is billed over two accounts, so none is in the problems of both.
    const poolsOf = (account: string) =>
      session.problems
        .filter(({ definition }) => definition.integrationAuthenticationId === account)
        .flatMap(({ definition }) => definition.pools.map(({ id }) => id))
    expect(poolsOf(southId).length).toBeGreaterThan(0)
    expect(poolsOf(southId).every((pool) => pool.endsWith("(South)"))).toBe(true)
    expect(poolsOf(scope.serviceProviderId).every((pool) => pool.endsWith("(North)"))).toBe(true)

    const asked = { tenantId, sessionId: session.id, createdBy: "anna", guardRails: { ignoresPeriodEnd: true } }
    const { change } = await planOptimizationChanges(core, asked)
    await approveBulkChange(core, { tenantId, id: change.id, planHash: change.planHash, approvedBy: "anna" })
    await drain()
    const { results } = await listOptimizationResults(core, { tenantId, sessionId: session.id, limit: 2_000 })
    const planAt = new Map([...north.state, ...south.state].map(({ iccid, ratePlan }) => [iccid, ratePlan]))
    const moved = results.filter(({ fromRatePlan, toRatePlan }) => fromRatePlan !== toRatePlan)
    for (const account of [north, south]) {
      const own = new Set(iccidsOf(account))
      expect(moved.filter(({ carrierDeviceId }) => own.has(carrierDeviceId)).length).toBeGreaterThan(0)
    }
    expect(moved.filter(({ carrierDeviceId, toRatePlan }) => planAt.get(carrierDeviceId) !== toRatePlan)).toEqual([])
    const apply = await findOptimizationApply(core, tenantId, session.id)
    expect(apply?.reconciliation?.state).toBe("explained")
  })
})
