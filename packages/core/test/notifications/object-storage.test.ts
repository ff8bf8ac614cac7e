import { mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Papa from "papaparse"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type ObjectStorageSettings, objectStorageDeliverer } from "../../src/notifications/mod.ts"
import { completed, deviceChanged } from "./events.ts"
import { notificationFixture } from "./fixture.ts"
import { type Answer, type ReceivedRequest, startReceiver } from "./receiver.ts"
import { isSignedV4 } from "./verify-sigv4.ts"

// It has no types, and is CommonJS.
interface S3 {
  run(): Promise<{ readonly port: number }>
  close(): Promise<void>
}
const S3rver = createRequire(import.meta.url)("s3rver") as new (options: object) => S3

let server: S3
// In front of it, because it takes any signature: refuses those that are not right, as S3 does.
let front: Awaited<ReturnType<typeof startReceiver>>
let origin: string
let folder: string
let store: ObjectStorageSettings

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-s3-"))
  server = new S3rver({
    address: "127.0.0.1",
    port: 0,
    silent: true,
    directory: folder,
    configureBuckets: [{ name: "logs", configs: [] }],
  })
  const { port } = await server.run()
  origin = `http://127.0.0.1:${port}`
  front = await startReceiver((request) =>
    isSignedV4(request, "S3RVER") ? forward(request) : { status: 403, body: "<Code>SignatureDoesNotMatch</Code>" },
  )
  store = {
    endpoint: front.url,
    region: "us-east-1",
    bucket: "logs",
    accessKeyId: "S3RVER",
    secretAccessKey: "S3RVER",
  }
})
afterAll(async () => {
  await front[Symbol.asyncDispose]()
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

async function forward({ method, url, headers, raw }: ReceivedRequest): Promise<Answer> {
  const { connection: _c, "content-length": _l, "transfer-encoding": _t, host: _h, ...rest } = headers
  const { status } = await fetch(origin + url, { method, headers: rest as Record<string, string>, body: raw })
  return { status }
}

// The server reads without a signature what anybody may read, and lists what is there.
const keys = async (prefix: string) => {
  const text = await (await fetch(`${origin}/logs?prefix=${prefix}`)).text()
  return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key ?? "")
}
const read = async (key: string) => (await fetch(`${origin}/logs/${key}`)).text()

// The server refuses requests of another time than its own.
const fixtureOf = (options: Parameters<typeof objectStorageDeliverer>[0]) =>
  notificationFixture([objectStorageDeliverer(options)], Date.now())

describe("the check of signatures", () => {
  it("agrees with the published example of S3", () => {
    const headers = {
      host: "examplebucket.s3.amazonaws.com",
      range: "bytes=0-9",
      "x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "x-amz-date": "20130524T000000Z",
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request," +
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date," +
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    }
    const request = { method: "GET", url: "/test.txt", headers, raw: Buffer.alloc(0) }
    expect(isSignedV4(request, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")).toBe(true)
    expect(isSignedV4(request, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEX")).toBe(false)
  })
})

describe("object storage", () => {
  it("keeps the device log as CSV, under a key with provider and time of day", async () => {
    using fixture = await fixtureOf({ settings: { ...store, prefix: "altaworx/" } })
    const [device] = deviceChanged().devices
    if (!device) throw new Error("no device")
    const devices = [
      { ...device, id: 'a"b,c\nd', msisdn: "=2+5", dataBytes: null, usageAt: null },
      { ...device, id: "-5", msisdn: null },
    ]
    await fixture.tell(deviceChanged({ serviceProviderId: "p 1/ä", batch: 12, devices }))
    await fixture.drain()
    expect(await fixture.dead()).toEqual([])
    const key = "altaworx/t1/device-log/Jasper/p_201_2f_e4/20261122T130509Z-run1-000012.csv"
    expect(await keys("altaworx/")).toEqual([key])
    const text = await read(key)
    expect(text.startsWith("ID,ICCID,MSISDN,RawDataUsage,CurrentDataUsage,RawSMSUsage,CurrentSMSUsage,")).toBe(true)
    // Read by another implementation than the one that wrote it would be better still; this one is strict.
    const { data, errors } = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true })
    expect(errors).toEqual([])
    expect(data).toEqual([
      {
        ID: 'a"b,c\nd',
        ICCID: "8944500000000000017",
        MSISDN: "'=2+5",
        RawDataUsage: "",
        CurrentDataUsage: "",
        RawSMSUsage: "2",
        CurrentSMSUsage: "2",
        RawVoiceUsage: "",
        CurrentVoiceUsage: "",
        BillingCycleStartDate: "2026-10-29T00:00:00.000Z",
        BillingCycleEndDate: "2026-11-29T00:00:00.000Z",
        UsageDate: "",
        ServiceProviderId: "p 1/ä",
      },
      expect.objectContaining({
        ID: "-5",
        MSISDN: "",
        RawDataUsage: "5242880",
        CurrentDataUsage: "5242880",
        UsageDate: "2026-11-22T12:00:00.000Z",
      }),
    ])
  })

  it("keeps afternoon and morning, and two providers, apart", async () => {
    using fixture = await fixtureOf({ settings: { ...store, prefix: "apart/" } })
    const morning = Date.UTC(2026, 10, 22, 1, 5, 9)
    await fixture.tell(
      deviceChanged(),
      deviceChanged({ occurredAt: morning, batch: 2 }),
      deviceChanged({ serviceProviderId: "p2", batch: 3 }),
    )
    await fixture.drain()
    expect(await keys("apart/")).toEqual([
      "apart/t1/device-log/Jasper/p1/20261122T010509Z-run1-000002.csv",
      "apart/t1/device-log/Jasper/p1/20261122T130509Z-run1-000001.csv",
      "apart/t1/device-log/Jasper/p2/20261122T130509Z-run1-000003.csv",
    ])
  })

  it("keeps the reports of sessions that ended well", async () => {
    const asked: string[] = []
    using fixture = await fixtureOf({
      settings: { ...store, prefix: "reports/" },
      reports: async (_core, tenantId, sessionId) => {
        asked.push(`${tenantId} ${sessionId}`)
        return [
          { name: "report.html", contentType: "text/html; charset=utf-8", body: "<p>1</p>" },
          { name: "report.bin", contentType: "application/octet-stream", body: new Uint8Array([0, 255, 1]) },
        ]
      },
    })
    await fixture.tell(completed(), completed({ sessionId: "s2", status: "CompleteWithErrors" }))
    await fixture.drain()
    expect(asked).toEqual(["t1 s1"])
    const [bin, html] = await keys("reports/")
    expect(html).toBe("reports/t1/reports/Jasper/p1/20261122T130509Z-s1-report.html")
    expect(await read(html ?? "")).toBe("<p>1</p>")
    const answer = await fetch(`${origin}/logs/${bin}`)
    expect([...new Uint8Array(await answer.arrayBuffer())]).toEqual([0, 255, 1])
  })

  it.each([
    ["another secret", { secretAccessKey: "wr0ng" }],
    ["a bucket that is not there", { bucket: "nobucket" }],
  ])("refuses %s, and keeps the event to be redriven", async (_name, wrong) => {
    using fixture = await fixtureOf({ settings: { ...store, prefix: "never/", ...wrong } })
    await fixture.tell(deviceChanged())
    await fixture.drain()
    expect(await fixture.dead()).toMatchObject([{ errorCode: "notification.refused" }])
    expect(await keys("never/")).toEqual([])
  })

  it("writes one object where the answer to the first attempt was lost", async () => {
    // Between us and the store: takes the request there, and loses the first answers.
    let lost = 0
    await using middle = await startReceiver(async (request) => {
      const answer = await forward(request)
      return ++lost <= 2 ? (lost === 1 ? "reset" : { status: 503 }) : answer
    })
    using fixture = await fixtureOf({ settings: { ...store, endpoint: middle.url, prefix: "once/" } })
    await fixture.tell(deviceChanged())
    await fixture.drain()
    expect(middle.requests).toHaveLength(3)
    expect(await keys("once/")).toHaveLength(1)
    expect(new Set(middle.requests.map(({ url, body }) => url + body)).size).toBe(1)
  })
})
