import { createHmac } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  listDeliverers,
  listWebhookEndpoints,
  NOTIFICATION_TYPES,
  type NotificationType,
  rotateWebhookSecret,
  setWebhookEndpointEnabled,
  verifyWebhook,
  webhookDeliverer,
} from "../../src/notifications/mod.ts"
import { signWebhook } from "../../src/notifications/webhooks/signature.ts"
import { addressFault } from "../../src/notifications/webhooks/address-policy.ts"
import { completed, deviceChanged, others, progress, summary } from "./events.ts"
import { notificationFixture, NOW, TENANT } from "./fixture.ts"
import { type ReceivedRequest, startReceiver } from "./receiver.ts"

const LOCAL = { allowPrivateAddresses: true, timeoutMs: 300 }

async function webhookFixture() {
  const receiver = await startReceiver()
  const fixture = await notificationFixture([webhookDeliverer(LOCAL)])
  const add = (types: readonly NotificationType[] = [], path = "/hook?token=t0ken") =>
    createWebhookEndpoint(fixture.core, { tenantId: TENANT.id, url: receiver.url + path, types }, LOCAL)
  return { receiver, fixture, add }
}

/** The signature as an independent implementation of the scheme makes it. */
const independent = (secret: string, { headers, body }: ReceivedRequest) =>
  `v1,${createHmac("sha256", Buffer.from(secret.replace("whsec_", ""), "base64"))
    .update([headers["webhook-id"], headers["webhook-timestamp"], body].join("."))
    .digest("base64")}`

const verify = (request: ReceivedRequest | undefined, secrets: readonly string[], now = NOW) =>
  verifyWebhook({ headers: request?.headers as Record<string, string>, body: request?.body ?? "", secrets, now })

describe("webhooks", () => {
  it("are signed so that any implementation of the scheme can check them", async () => {
    const { receiver, fixture, add } = await webhookFixture()
    const { secret } = await add()
    await fixture.tell(summary())
    await fixture.drain()
    const [request] = receiver.requests as [ReceivedRequest]
    expect(request.url).toBe("/hook?token=t0ken")
    expect(request.headers["webhook-signature"]).toBe(independent(secret, request))
    expect(await verify(request, [secret])).toBe(request.headers["webhook-id"])
    expect(await verify({ ...request, body: `${request.body} ` }, [secret])).toBeUndefined()
    expect(await verify(request, [`whsec_${btoa("x".repeat(32))}`])).toBeUndefined()
    expect(await verify(request, [secret], NOW + 3_600_000)).toBeUndefined()
    const { type, timestamp, data } = JSON.parse(request.body)
    expect({ type, timestamp }).toEqual({ type: "sync.summary", timestamp: "2026-11-22T13:05:09.000Z" })
    expect(data).toMatchObject({ syncRunId: "run1", deviceCount: 19_999 })
    fixture.store.close()
    await receiver[Symbol.asyncDispose]()
  })

  it("agree with the published example of the scheme", async () => {
    const signature = await signWebhook(
      ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
      "msg_p5jXN8AQM9LWM0D4loKWxJek",
      1614265330,
      '{"test": 2432232314}',
    )
    expect(signature).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  })

  it("keep their id over all attempts, so that a receiver takes a lost answer's event once", async () => {
    const { receiver, fixture, add } = await webhookFixture()
    await add()
    receiver.answers.push("reset", { status: 500 }, "silence")
    await fixture.tell(summary(), completed())
    await fixture.drain()
    const ids = receiver.requests.map(({ headers }) => headers["webhook-id"])
    expect(ids).toHaveLength(5)
    expect(new Set(ids).size).toBe(2)
    for (const id of ids) expect(id).toMatch(/^msg_[0-9a-f]{32}$/)
    fixture.store.close()
    await receiver[Symbol.asyncDispose]()
  })

  it("go to each endpoint that wants them; one that fails does not hold up another", async () => {
    const { receiver, fixture, add } = await webhookFixture()
    await using broken = await startReceiver(() => ({ status: 503 }))
    await add(["optimization.completed"], "/completed")
    await add([], "/all")
    await createWebhookEndpoint(fixture.core, { tenantId: TENANT.id, url: broken.url }, LOCAL)
    await fixture.tell(progress(20), completed(), deviceChanged())
    await fixture.drain()
    const seen = receiver.requests.map(({ url, body }) => `${url} ${(JSON.parse(body) as { type: string }).type}`)
    expect(seen.toSorted()).toEqual([
      "/all optimization.completed",
      "/all optimization.progress",
      "/completed optimization.completed",
    ])
    expect(await fixture.dead()).toHaveLength(2)
    fixture.store.close()
    await receiver[Symbol.asyncDispose]()
  })

  it("are signed with the old and the new secret while one is replaced", async () => {
    const { receiver, fixture, add } = await webhookFixture()
    const { id, secret } = await add()
    const rotated = await rotateWebhookSecret(fixture.core, TENANT.id, id, { overlapMs: 3_600_000 })
    await fixture.tell(progress(20))
    await fixture.drain()
    expect(await verify(receiver.requests[0], [secret])).toBeDefined()
    expect(await verify(receiver.requests[0], [rotated.secret])).toBeDefined()
    await rotateWebhookSecret(fixture.core, TENANT.id, id, { overlapMs: 0 })
    await fixture.tell(progress(30))
    await fixture.drain()
    expect(await verify(receiver.requests[1], [secret, rotated.secret])).toBeUndefined()
    await expect(rotateWebhookSecret(fixture.core, "t2", id)).rejects.toMatchObject({ code: "input.not_found" })
    fixture.store.close()
    await receiver[Symbol.asyncDispose]()
  })

  it("stop at an endpoint that is gone, disabled or deleted", async () => {
    const { receiver, fixture, add } = await webhookFixture()
    const { id } = await add()
    receiver.answers.push({ status: 410 })
    await fixture.tell(progress(0), progress(20))
    await fixture.drain()
    expect(receiver.requests).toHaveLength(1)
    expect(await listDeliverers(fixture.core, TENANT.id)).toMatchObject([
      { state: "off", reason: "there are no endpoints" },
    ])
    await setWebhookEndpointEnabled(fixture.core, TENANT.id, id, true)
    await fixture.tell(progress(30))
    await fixture.drain()
    expect(receiver.requests).toHaveLength(2)
    const [listed] = await listWebhookEndpoints(fixture.core, TENANT.id)
    expect(listed).toMatchObject({ id, url: `${receiver.url}/hook`, disabledAt: null })
    expect(await listWebhookEndpoints(fixture.core, "t2")).toEqual([])
    await expect(setWebhookEndpointEnabled(fixture.core, "t2", id, false)).rejects.toMatchObject({ field: "id" })
    await deleteWebhookEndpoint(fixture.core, TENANT.id, id)
    expect(await listWebhookEndpoints(fixture.core, TENANT.id)).toEqual([])
    fixture.store.close()
    await receiver[Symbol.asyncDispose]()
  })

  it("follow no redirect", async () => {
    const { receiver, fixture, add } = await webhookFixture()
    await using elsewhere = await startReceiver()
    await add()
    receiver.answers.push({ status: 302, headers: { location: elsewhere.url } })
    await fixture.tell(progress(0))
    await fixture.drain()
    expect(elsewhere.requests).toEqual([])
    expect(await fixture.dead()).toMatchObject([{ errorCode: "notification.refused" }])
    fixture.store.close()
    await receiver[Symbol.asyncDispose]()
  })

  it("can carry every event", async () => {
    const { receiver, fixture, add } = await webhookFixture()
    await add(NOTIFICATION_TYPES)
    await fixture.tell(progress(0), completed(), summary(), deviceChanged(), ...others)
    await fixture.tell({ ...others.at(-1), type: "bulkChange.failed" } as (typeof others)[number])
    await fixture.drain()
    const types = receiver.requests.map(({ body }) => (JSON.parse(body) as { type: string }).type)
    expect(new Set(types)).toEqual(new Set(NOTIFICATION_TYPES))
    fixture.store.close()
    await receiver[Symbol.asyncDispose]()
  })
})

describe("where webhooks may go", () => {
  it.each([
    "http://example.com/hook",
    "https://user:password@example.com",
    "https://example.com/#x",
    "not a url",
    "https://localhost/",
    "https://app.localhost./",
    "https://intranet/",
    "https://db.internal/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://10.1.2.3/",
    "https://172.31.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://[::1]/",
    "https://[::]/",
    "https://[fe80::1]/",
    "https://[fd00::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a00:1]/",
    "https://[64:ff9b::a00:1]/",
    "https://[2002:7f00:1::]/",
  ])("not to %s", async (url) => {
    expect(await addressFault(url, {})).toBeDefined()
  })

  it.each(["https://example.com/hook?a=b", "https://8.8.8.8/", "https://172.32.0.1/", "https://[2606:4700::1111]/"])(
    "but to %s",
    async (url) => {
      expect(await addressFault(url, {})).toBeUndefined()
    },
  )

  it("not to a name that leads into a private network", async () => {
    const resolveHost = async () => ["93.184.216.34", "10.0.0.7"]
    expect(await addressFault("https://example.com", { resolveHost })).toBeDefined()
    expect(await addressFault("https://example.com", { resolveHost: async () => ["93.184.216.34"] })).toBeUndefined()
  })

  it("not there by an endpoint's name that changed its mind", async () => {
    let address = "93.184.216.34"
    const policy = { resolveHost: async () => [address] }
    using fixture = await notificationFixture([webhookDeliverer(policy)])
    await createWebhookEndpoint(fixture.core, { tenantId: TENANT.id, url: "https://example.com" }, policy)
    address = "127.0.0.1"
    await fixture.tell(progress(0))
    await fixture.drain()
    expect(await fixture.dead()).toMatchObject([{ errorCode: "notification.refused" }])
  })

  it("refuses what it is given by the field", async () => {
    using fixture = await notificationFixture([webhookDeliverer()])
    const add = (url: string, types: readonly never[] = []) =>
      createWebhookEndpoint(fixture.core, { tenantId: TENANT.id, url, types })
    await expect(add("https://10.0.0.1")).rejects.toMatchObject({ code: "input.invalid", field: "url" })
    await expect(add("https://example.com", ["x" as never])).rejects.toMatchObject({ field: "types" })
    const unsigned = { headers: {}, body: "", now: NOW }
    await expect(verifyWebhook({ ...unsigned, secrets: ["whsec_short"] })).rejects.toMatchObject({ field: "secrets" })
  })

  it("checks any bytes without an exception, and trusts none that were not signed", async () => {
    const secret = `whsec_${btoa("s".repeat(32))}`
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), fc.string(), fc.string(), async (id, timestamp, signature, body) => {
        const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature }
        expect(await verifyWebhook({ headers, body, secrets: [secret], now: NOW })).toBeUndefined()
      }),
    )
  })
})
