import { createApp, createTenantApp, type DeviceView, type Page } from "../src/mod.ts"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { addTenant, iccidOf, openTestCore, type TestCore } from "./test-core.ts"

// Every tenant has the same ids and ICCIDs, and one device of its own: what differs is only whose row it is.
const TENANTS = ["1", "2", "3"]
const SHARED = 12

// The last tenant may have a database of its own.
describe.each([
  ["one file", ["file"]],
  ["one database in memory", ["memory"]],
  ["two files", ["file", "file"]],
] as const)("tenants on %s", (_name, kinds) => {
  let cores: [TestCore, ...TestCore[]]
  const coreOf = (tenantId: string) => (tenantId === TENANTS.at(-1) ? cores.at(-1) : cores[0]) as TestCore
  const tenants = new Map<string, Awaited<ReturnType<typeof addTenant>>>()

  beforeAll(async () => {
    cores = (await Promise.all(kinds.map(openTestCore))) as [TestCore, ...TestCore[]]
    for (const id of TENANTS) {
      const core = coreOf(id)
      const tenant = await addTenant(core, id)
      tenants.set(id, tenant)
      const { serviceProviderId } = tenant
      await core.addDevices(id, [
        ...Array.from({ length: SHARED }, (_, at) => ({
          id: `d${at}`,
          iccid: iccidOf(at),
          serviceProviderId: "shared-provider",
          carrierDeviceId: `of-${id}-${at}`,
        })),
        { id: `own-${id}`, iccid: iccidOf(100 + Number(id)), serviceProviderId, carrierDeviceId: `of-${id}-own` },
      ])
    }
  })
  afterAll(() => {
    for (const core of cores) core[Symbol.dispose]()
  })

  const tenantOf = (id: string) => tenants.get(id) as Awaited<ReturnType<typeof addTenant>>

  it("never shows a tenant another's row, whatever it asks for", async () => {
    const app = cores.length === 1 ? createApp(cores[0]) : createTenantApp(cores)
    let shown = 0
    const anyTenant = fc.constantFrom(...TENANTS)
    await fc.assert(
      fc.asyncProperty(
        anyTenant,
        anyTenant,
        fc.constantFrom("list", "by iccid", "by provider", "own device", "shared device", "session"),
        fc.integer({ min: 1, max: 20 }),
        fc.option(fc.constantFrom(...TENANTS.map((id) => `own-${id}`), "d3", "d9", "")),
        async (caller, other, kindOfRequest, limit, after) => {
          const { headers } = tenantOf(caller)
          const target = tenantOf(other)
          const cursor = after === null ? "" : `&cursor=${btoa(`after:${after}`).replace(/=+$/, "")}`
          const path = {
            list: `/v1/devices?limit=${limit}${cursor}`,
            "by iccid": `/v1/devices?iccid=${iccidOf(100 + Number(other))}`,
            "by provider": `/v1/devices?serviceProviderId=${target.serviceProviderId}${cursor}`,
            "own device": `/v1/devices/own-${other}`,
            "shared device": `/v1/devices/d${limit % SHARED}`,
            session: `/v1/optimization-sessions/${target.sessionId}`,
          }[kindOfRequest]
          const response = await app.fetch(new Request(`http://127.0.0.1${path}`, { headers }))
          if (caller !== other && (kindOfRequest === "own device" || kindOfRequest === "session")) {
            expect(response.status).toBe(404)
            return
          }
          expect(response.status).toBe(200)
          if (kindOfRequest === "session") return
          const body = (await response.json()) as Page<DeviceView> | DeviceView
          const devices = "items" in body ? body.items : [body]
          for (const { carrierDeviceId } of devices) expect(carrierDeviceId).toMatch(new RegExp(`^of-${caller}-`))
          if (caller !== other && kindOfRequest.startsWith("by ")) expect(devices).toEqual([])
          shown += devices.length
        },
      ),
      { numRuns: 400 },
    )
    expect(shown).toBeGreaterThan(100)
  }, 30_000)
})

describe("createTenantApp()", () => {
  it("answers for the database that knows the key; without one, or with a strange one, 401; is well where all are", async () => {
    using shared = await openTestCore("memory")
    using own = await openTestCore("memory")
    const [one, two] = [await addTenant(shared, "1"), await addTenant(own, "2")]
    const app = createTenantApp([shared, own])
    const status = async (path: string, headers: Record<string, string> = {}, of = app) =>
      (await of.fetch(new Request(`http://127.0.0.1${path}`, { headers }))).status
    expect(await status(`/v1/optimization-sessions/${one.sessionId}`, one.headers)).toBe(200)
    expect(await status(`/v1/optimization-sessions/${two.sessionId}`, two.headers)).toBe(200)
    expect(await status(`/v1/optimization-sessions/${two.sessionId}`, one.headers)).toBe(404)
    expect(await status("/v1/devices")).toBe(401)
    expect(await status("/v1/devices", { Authorization: "Bearer nobody-knows-this" })).toBe(401)
    expect(await status("/nowhere")).toBe(404)
    expect(await status("/healthz")).toBe(200)
    const down = { ...own, store: { ...own.store, read: () => Promise.reject(new Error("down")) } }
    const half = createTenantApp([shared, down])
    expect(await status("/healthz", {}, half)).toBe(503)
    expect(await status("/v1/devices", one.headers, half)).toBe(200)
    expect(await status("/v1/devices", two.headers, half)).toBe(500)
    expect(await status("/v1/devices", two.headers, createTenantApp([{ ...shared, store: down.store }, own]))).toBe(200)
  })
})
