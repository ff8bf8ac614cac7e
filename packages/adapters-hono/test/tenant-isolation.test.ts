import { createApp, type DeviceView, type Page } from "../src/mod.ts"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { addTenant, iccidOf, openTestCore, type TestCore } from "./test-core.ts"

// Every tenant has the same ids and ICCIDs, and one device of its own: what differs is only whose row it is.
const TENANTS = ["1", "2", "3"]
const SHARED = 12

describe.each(["file", "memory"] as const)("tenants on one store of kind %s", (kind) => {
  let core: TestCore
  const tenants = new Map<string, Awaited<ReturnType<typeof addTenant>>>()

  beforeAll(async () => {
    core = await openTestCore(kind)
    for (const id of TENANTS) {
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
  afterAll(() => core[Symbol.dispose]())

  const tenantOf = (id: string) => tenants.get(id) as Awaited<ReturnType<typeof addTenant>>

  it("never shows a tenant another's row, whatever it asks for", async () => {
    const app = createApp(core)
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
          const response = await app.request(path, { headers })
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
