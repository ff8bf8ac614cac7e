import { createApp } from "../src/mod.ts"
import type { App, DeviceView, Page } from "@altaworx/adapters-hono/client"
import { hc, type InferRequestType, type InferResponseType } from "hono/client"
import { describe, expect, expectTypeOf, it } from "vitest"
import { addTenant, iccidOf, openTestCore } from "./test-core.ts"

describe("hc<App>()", () => {
  it("calls the app, typed from end to end", async () => {
    using core = await openTestCore("memory")
    const { serviceProviderId, sessionId, headers } = await addTenant(core, "1")
    await core.addDevices("1", [{ id: "d1", iccid: iccidOf(1), serviceProviderId }])
    const app = createApp(core)
    const api = hc<App>("http://localhost", {
      headers,
      fetch: (input: string | URL | Request, init?: RequestInit) => app.request(input, init),
    })

    const list = await (await api.v1.devices.$get({ query: { limit: "5", serviceProviderId } })).json()
    expectTypeOf(list.items[0]?.iccid).toEqualTypeOf<string | undefined>()
    expect(list.items.map((device) => device.id)).toEqual(["d1"])

    const device = await (await api.v1.devices[":id"].$get({ param: { id: "d1" } })).json()
    expectTypeOf(device.missingSince).toEqualTypeOf<string | null>()
    expect(device.iccid).toBe(iccidOf(1))

    const session = await api.v1["optimization-sessions"][":id"].$get({ param: { id: sessionId } })
    expect((await session.json()).status).toBe("NotStarted")

    const health = await (await api.healthz.$get()).json()
    expect(health.store).toBe("reachable")
  })

  it("knows what each address takes and gives", () => {
    type Api = ReturnType<typeof hc<App>>
    type List = Api["v1"]["devices"]["$get"]
    expectTypeOf<InferResponseType<List, 200>["nextCursor"]>().toEqualTypeOf<Page<DeviceView>["nextCursor"]>()
    expectTypeOf<keyof InferRequestType<List>["query"]>().toEqualTypeOf<
      "limit" | "cursor" | "iccid" | "serviceProviderId"
    >()
  })
})
