import { type App, createApp, type DeviceView, type Page, type Problem, type RequestFailure } from "../src/mod.ts"
import { CoreError } from "@altaworx/core/errors"
import { authenticate, createApiKey, revokeApiKey } from "@altaworx/core/tenancy"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { addTenant, iccidOf, openTestCore, type TestCore } from "./test-core.ts"

describe.each(["file", "memory"] as const)("createApp() on a store of kind %s", (kind) => {
  let core: TestCore
  let app: App
  let tenant: Awaited<ReturnType<typeof addTenant>>
  const failures: RequestFailure[] = []

  beforeEach(async () => {
    core = await openTestCore(kind)
    failures.length = 0
    app = createApp(core, { report: (failure) => failures.push(failure) })
    tenant = await addTenant(core, "1")
    await core.addDevices(
      "1",
      Array.from({ length: 25 }, (_, at) => ({
        id: `d${String(at).padStart(3, "0")}`,
        iccid: iccidOf(at),
        serviceProviderId: at < 20 ? tenant.serviceProviderId : "other-provider",
      })),
    )
  })
  afterEach(() => core[Symbol.dispose]())

  const get = (path: string, headers: Record<string, string> = tenant.headers) => app.request(path, { headers })
  const page = async (path: string) => (await (await get(path)).json()) as Page<DeviceView>
  const refusal = async (answered: Response | Promise<Response>) => {
    const response = await answered
    expect(response.headers.get("Content-Type")).toBe("application/problem+json")
    const problem = (await response.json()) as Problem
    expect(problem.status).toBe(response.status)
    expect(problem.requestId).toBe(response.headers.get("X-Request-Id"))
    return problem
  }

  it("tells on /healthz, without a key, that it lives and that the store answers", async () => {
    const response = await get("/healthz", {})
    expect([response.status, await response.json()]).toEqual([200, { status: "ok", store: "reachable" }])
  })

  it("tells on /healthz when the store does not answer", async () => {
    core.store.close()
    const response = await get("/healthz", {})
    expect([response.status, await response.json()]).toEqual([503, { status: "unavailable", store: "unreachable" }])
  })

  it("does not wait for a store that never answers", async () => {
    const stuck = { ...core.store, read: () => new Promise<never>(() => {}) }
    const clock = { ...core.runtime.clock, sleep: async () => {} }
    const response = await createApp({ store: stuck, runtime: { ...core.runtime, clock } }).request("/healthz")
    expect(response.status).toBe(503)
  })

  it("lists devices in pages, each once, with opaque cursors that end in null", async () => {
    const ids: string[] = []
    let cursor: string | null = null
    let pages = 0
    do {
      const answer: Page<DeviceView> = await page(`/v1/devices?limit=5${cursor === null ? "" : `&cursor=${cursor}`}`)
      ids.push(...answer.items.map((device) => device.id))
      cursor = answer.nextCursor
      expect(String(cursor)).not.toMatch(/d0\d\d/)
      pages++
    } while (cursor !== null)
    expect(pages).toBe(5)
    expect(ids).toEqual(Array.from({ length: 25 }, (_, at) => `d${String(at).padStart(3, "0")}`))
  })

  it("shows a device with ISO instants and nothing internal", async () => {
    const { items, nextCursor } = await page(`/v1/devices?iccid=${iccidOf(3)}`)
    const device = {
      id: "d003",
      serviceProviderId: tenant.serviceProviderId,
      carrierDeviceId: iccidOf(3),
      iccid: iccidOf(3),
      status: "active",
      carrierRatePlan: "Plan A",
      communicationPlan: "CP 1",
      missingSince: null,
      changedAt: "2026-01-01T00:00:00.000Z",
    }
    expect([items, nextCursor]).toEqual([[device], null])
    const response = await get("/v1/devices/d003")
    expect([response.status, await response.json()]).toEqual([200, device])
  })

  it("finds by ICCID without its check digit, and by service provider", async () => {
    expect((await page(`/v1/devices?iccid=${iccidOf(3).slice(0, 19)}`)).items).toHaveLength(1)
    expect((await page("/v1/devices?serviceProviderId=other-provider")).items).toHaveLength(5)
    expect((await page("/v1/devices?serviceProviderId=nobody")).items).toEqual([])
    expect((await page("/v1/devices?limit=1000")).items).toHaveLength(25)
  })

  it("answers 403 where the role of the key does not allow it, by the action's name", async () => {
    const { key } = await createApiKey(core, { tenantId: "1", role: "viewer", name: "odd" })
    await core.setRole("odd", "none")
    for (const path of [
      "/v1/devices",
      "/v1/devices/d003",
      `/v1/optimization-sessions/${tenant.sessionId}`,
      `/v1/optimization-sessions/${tenant.sessionId}/apply`,
    ]) {
      const response = await createApp(core).request(path, { headers: { Authorization: `Bearer ${key}` } })
      const told = (await response.json()) as { code: string; detail: string }
      expect([response.status, told.code]).toEqual([403, "auth.forbidden"])
      expect(told.detail).toMatch(/(inventory|optimization)\.read/)
    }
  })

  it("reads an optimization session", async () => {
    const response = await get(`/v1/optimization-sessions/${tenant.sessionId}`)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      id: tenant.sessionId,
      serviceProviderId: tenant.serviceProviderId,
      status: "NotStarted",
      currentCost: null,
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      finishedAt: null,
      problems: [],
      exclusions: [],
    })
  })

  it("reads what was planned of a session's moves, and what became of it", async () => {
    const path = `/v1/optimization-sessions/${tenant.sessionId}/apply`
    expect(await refusal(get(path))).toMatchObject({ status: 404, code: "input.not_found", field: "id" })
    await core.addApply("1", tenant.sessionId)
    const response = await get(path)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      sessionId: tenant.sessionId,
      moveCount: 4,
      predictedSaving: "5",
      plannedSaving: "5",
      notAfter: "2026-01-01T00:00:00.000Z",
      createdBy: "anna",
      createdAt: "2026-01-01T00:00:00.000Z",
      reconciliation: {
        reconciledAt: "2026-01-01T00:00:00.000Z",
        appliedSaving: "3",
        unexplained: { deviceCount: 1, saving: "2" },
        state: "unexplained",
      },
    })
    const other = await addTenant(core, "2")
    expect(await refusal(get(path, other.headers))).toMatchObject({ status: 404, code: "input.not_found" })
  })

  it.each([
    ["limit=0", "limit"],
    ["limit=1001", "limit"],
    ["limit=-1", "limit"],
    ["limit=ten", "limit"],
    ["limit=5&limit=6", "limit"],
    ["limit=", "limit"],
    ["cursor=nonsense", "cursor"],
    ["cursor=%F0%9F%98%80", "cursor"],
    ["iccid=123", "iccid"],
    ["iccid=", "iccid"],
    ["serviceproviderid=x", "serviceproviderid"],
    ["__proto__=x", "__proto__"],
  ])("refuses ?%s by the parameter's name", async (query, field) => {
    const problem = await refusal(get(`/v1/devices?${query}`))
    expect(problem).toMatchObject({ status: 400, code: "input.invalid", field })
    expect(problem.type).toBe("tag:altaworx.com,2026:problem/input.invalid")
  })

  it("does not repeat digits of an ICCID it refuses", async () => {
    expect((await refusal(get("/v1/devices?iccid=1234567890123"))).detail).not.toMatch(/\d{5}/)
  })

  it.each(["/v1/devices/nobody", "/v1/optimization-sessions/nobody"])("answers 404 to %s", async (path) => {
    expect(await refusal(get(path))).toMatchObject({ status: 404, code: "input.not_found", field: "id" })
  })

  it("answers 404 to an unknown address and 405 to a wrong method, as problems", async () => {
    expect(await refusal(get("/nowhere", {}))).toMatchObject({ status: 404, code: "http.not_found" })
    expect(await refusal(get("/v1/nowhere"))).toMatchObject({ status: 404, code: "http.not_found" })
    const response = await app.request("/v1/devices", { method: "DELETE", headers: tenant.headers })
    expect(response.headers.get("Allow")).toContain("GET")
    expect(await refusal(response)).toMatchObject({ status: 405, code: "http.method_not_allowed" })
  })

  it("refuses requests without a valid key, on every address under /v1, found or not", async () => {
    const bad: Record<string, string>[] = [
      {},
      { Authorization: "" },
      { Authorization: "Bearer" },
      { Authorization: "Bearer ax_unknown-key-0000000" },
      { Authorization: `Basic ${btoa("user:pass")}` },
      { Authorization: tenant.bearer },
      { Authorization: `Bearer ${tenant.bearer} ${tenant.bearer}` },
    ]
    for (const headers of bad) {
      for (const path of ["/v1/devices", "/v1/devices/d003", "/v1/optimization-sessions/x", "/v1/nowhere"]) {
        const response = await get(path, headers)
        expect(response.headers.get("WWW-Authenticate")).toMatch(/^Bearer/)
        expect(await refusal(response)).toMatchObject({ status: 401, code: "auth.refused" })
      }
    }
  })

  it("refuses a key as soon as it is revoked", async () => {
    const identity = await authenticate(core, tenant.bearer)
    await revokeApiKey(core, "1", identity?.keyId ?? "")
    expect((await get("/v1/devices")).status).toBe(401)
  })

  it("answers a busy store with 503 and when to come back, and reports it", async () => {
    const busy = async () => {
      throw new CoreError("store.busy", "Cannot read: another process holds the lock", { retryAfterMs: 2_500 })
    }
    app = createApp({ ...core, store: { ...core.store, read: busy } }, { report: (failure) => failures.push(failure) })
    const response = await get("/v1/devices")
    expect(response.headers.get("Retry-After")).toBe("3")
    const { requestId } = await refusal(response)
    expect(failures).toMatchObject([{ requestId, method: "GET", path: "/v1/devices", status: 503 }])
  })
})
