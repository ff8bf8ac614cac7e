import { describe, expect, it } from "vitest"
import { amopDeliverer, listDeliverers, setDelivererSettings } from "../../src/notifications/mod.ts"
import { redriveDeadJob } from "../../src/jobs/mod.ts"
import { completed, progress, summary } from "./events.ts"
import { notificationFixture, TENANT } from "./fixture.ts"
import { startReceiver } from "./receiver.ts"

const sent = (requests: readonly { readonly body: string }[]) =>
  requests.map(({ body }) => (JSON.parse(body) as { data: Record<string, unknown> }).data)
const percents = (requests: readonly { readonly body: string }[]) => sent(requests).map(({ Progress }) => Progress)

describe("AMOP 2.0", () => {
  it("is told the progress in its own shape, with the session's own data", async () => {
    await using receiver = await startReceiver()
    using fixture = await notificationFixture([
      amopDeliverer({ url: `${receiver.url}/api`, headers: { "x-api-key": "key-1" } }),
    ])
    await fixture.tell(progress(20, { customerId: "c7", siteId: "site9", optimizationType: "Customer" }))
    await fixture.drain()
    const [request] = receiver.requests
    expect(request).toMatchObject({ method: "POST", url: "/api", headers: { "x-api-key": "key-1" } })
    expect(request?.headers["content-type"]).toBe("application/json")
    const [{ AdditionalJson, ...data } = {}] = sent(receiver.requests)
    expect(data).toEqual({
      path: "/get_optimization_progress_bar_data",
      job_name: "Progress",
      SessionId: "s1",
      OptimizationSessionGuid: "s1",
      ErrorMessage: null,
      Progress: 20,
      CustomerId: "c7",
      DeviceCount: 1234,
    })
    expect(JSON.parse(AdditionalJson as string)).toEqual({
      data: {
        BillPeriodId: "bp1",
        SiteId: "site9",
        ServiceProviderId: "p1",
        OptimizationType: "Customer",
        OptimizationFrom: "group",
        BillingPeriodStartDate: "2026-10-29T00:00:00.000Z",
        BillingPeriodEndDate: "2026-11-29T00:00:00.000Z",
        DeviceCount: 1234,
        TenantId: "t1",
      },
    })
  })

  // The key names of the documents (S1.6), one for each kind of carrier.
  it.each([
    ["Jasper", "jasper_devices"],
    ["POD19", "jasper_devices"],
    ["TMobileJasper", "jasper_devices"],
    ["Rogers", "jasper_devices"],
    ["ThingSpace", "thingspace_devices"],
    ["Telegence", "telegence_devices"],
    ["eBonding", "ebonding_devices"],
    ["Teal", "teal_devices"],
    ["Pond", "pond_inventories"],
  ])("is told once that a sync of %s is complete, as %s", async (integrationType, keyName) => {
    await using receiver = await startReceiver()
    using fixture = await notificationFixture([
      amopDeliverer({ url: `${receiver.url}/api`, syncUrl: `${receiver.url}/sync` }),
    ])
    await fixture.tell(summary({ integrationType }), summary({ integrationType }))
    await fixture.drain()
    expect(receiver.requests.map(({ url }) => url)).toEqual(["/sync"])
    expect(sent(receiver.requests)).toEqual([
      { path: "/lambda_sync_jobs_", key_name: keyName, tenant_id: TENANT.id, tenant_name: TENANT.name },
    ])
  })

  it("is told nothing of a carrier that it has no word for, and that is no error", async () => {
    await using receiver = await startReceiver()
    using fixture = await notificationFixture([amopDeliverer({ url: receiver.url })])
    await fixture.tell(summary({ integrationType: "constructor" }))
    await fixture.drain()
    expect(receiver.requests).toEqual([])
    expect(await fixture.dead()).toEqual([])
  })

  it("never hears of progress backwards, nor twice once it answered", async () => {
    await using receiver = await startReceiver()
    using fixture = await notificationFixture([amopDeliverer({ url: receiver.url })])
    await fixture.tell(progress(0), progress(20), progress(25), progress(20), progress(40))
    await fixture.drain()
    await fixture.tell(progress(30), progress(40), progress(100), progress(50))
    await fixture.drain()
    expect(percents(receiver.requests)).toEqual([0, 20, 25, 40, 100])
  })

  it("does not hear of progress that was given up once it heard of later progress", async () => {
    await using receiver = await startReceiver()
    using fixture = await notificationFixture([amopDeliverer({ url: receiver.url })])
    receiver.answers.push({ status: 400 })
    await fixture.tell(progress(0), progress(20))
    await fixture.drain()
    const [dead] = await fixture.dead()
    await redriveDeadJob(fixture.core, TENANT.id, dead?.id ?? "")
    await fixture.drain()
    expect(percents(receiver.requests)).toEqual([0, 20])
    expect(await fixture.dead()).toEqual([])
  })

  it.each([
    ["503", { status: 503 }],
    ["429 with a wait", { status: 429, headers: { "retry-after": "120" } }],
    ["a failure with status 200", { status: 200, body: '{"flag": false, "message": "Call Failed x"}' }],
    ["the same as JSON within JSON", { status: 200, body: JSON.stringify({ body: '{"flag": false}' }) }],
    ["a connection that breaks after the effect", "reset"],
    ["no answer", "silence"],
  ] as const)("is told again after %s, in order", async (_name, answer) => {
    await using receiver = await startReceiver()
    using fixture = await notificationFixture([amopDeliverer({ url: receiver.url, timeoutMs: 200 })])
    receiver.answers.push(answer, answer)
    await fixture.tell(progress(0), progress(20))
    await fixture.drain()
    expect(percents(receiver.requests)).toEqual([0, 0, 0, 20])
    const keys = receiver.requests.map(({ headers }) => headers["idempotency-key"])
    expect(keys.map((key) => keys.indexOf(key))).toEqual([0, 0, 0, 3])
  })

  it("is told of errors", async () => {
    await using receiver = await startReceiver()
    using fixture = await notificationFixture([amopDeliverer({ url: receiver.url })])
    await fixture.tell(
      progress(40),
      completed({ status: "CompleteWithErrors", errorMessage: "no plan fits" }),
      completed(),
    )
    await fixture.drain()
    expect(sent(receiver.requests)[1]).toMatchObject({
      path: "/get_optimization_error_details_data",
      job_name: "ErrorMessage",
      ErrorMessage: "no plan fits",
      Progress: 40,
      SessionId: "s1",
    })
    expect(receiver.requests).toHaveLength(2)
  })

  it("follows no redirect", async () => {
    await using elsewhere = await startReceiver()
    await using receiver = await startReceiver()
    using fixture = await notificationFixture([amopDeliverer({ url: receiver.url })])
    receiver.answers.push({ status: 307, headers: { location: elsewhere.url } })
    await fixture.tell(progress(0))
    await fixture.drain()
    expect(elsewhere.requests).toEqual([])
    expect(await fixture.dead()).toMatchObject([{ errorCode: "notification.refused" }])
  })

  it("is off until somebody sets it up, for the platform or for one tenant", async () => {
    await using receiver = await startReceiver()
    using fixture = await notificationFixture([amopDeliverer()])
    await fixture.tell(progress(0))
    await fixture.drain()
    expect(await listDeliverers(fixture.core, TENANT.id)).toMatchObject([
      { name: "amop", state: "off", reason: "it is not set up" },
    ])
    await setDelivererSettings(fixture.core, TENANT.id, "amop", { url: receiver.url })
    expect(await listDeliverers(fixture.core, TENANT.id)).toMatchObject([{ state: "on", reason: null }])
    expect(await listDeliverers(fixture.core, "t2")).toMatchObject([{ state: "off" }])
    await fixture.tell(progress(20))
    await fixture.drain()
    expect(percents(receiver.requests)).toEqual([20])
    await setDelivererSettings(fixture.core, TENANT.id, "amop", null)
    expect(await listDeliverers(fixture.core, TENANT.id)).toMatchObject([{ state: "off" }])
  })

  it.each([
    [{ url: "http://amop.example" }, "url"],
    [{ url: "https://user:secret@amop.example" }, "url"],
    [{ url: "https://amop.example", timeoutMs: 0 }, "timeoutMs"],
    [{ url: "https://amop.example", headers: { a: 1 } }, "headers.a"],
  ])("refuses settings %j by their field", async (settings, field) => {
    using fixture = await notificationFixture([amopDeliverer()])
    await expect(setDelivererSettings(fixture.core, TENANT.id, "amop", settings)).rejects.toMatchObject({
      code: "input.invalid",
      field,
    })
    await expect(setDelivererSettings(fixture.core, TENANT.id, "fax", {})).rejects.toMatchObject({ field: "deliverer" })
  })
})
