import { describe, expect, test } from "vitest"
import { createJasperClient, isJasperError, type JasperClientOptions, type JasperError } from "../src/mod.ts"
import { createFastClock } from "./fast-clock.ts"
import { type Handler, sendJson, startServer } from "./loopback-server.ts"

const ICCID = "8944000000000000017"
const account = { username: "user", apiKey: "3e1f0f04-aaaa-bbbb-cccc-5d3d6b6b0001", callsPerSecond: 1_000 }
const NEVER: Partial<JasperClientOptions> = { attemptTimeoutMs: Number.POSITIVE_INFINITY }

const lost: Record<string, { readonly handler: Handler; readonly options?: Partial<JasperClientOptions> }> = {
  "503 with an HTML page": { handler: (response) => response.writeHead(503).end("<html>busy</html>") },
  "500 with the carrier's code": {
    handler: (response) => sendJson(response, { errorCode: "30000001", errorMessage: "Unknown server error" }, 500),
  },
  "504 without a body": { handler: (response) => response.writeHead(504).end() },
  "connection reset before an answer": { handler: (response) => response.destroy() },
  "connection reset in the answer": {
    handler: (response) => {
      response.writeHead(200, { "content-length": "100" })
      response.write('{"iccid"')
      setTimeout(() => response.destroy(), 5)
    },
  },
  "200 with a cut-off body": { handler: (response) => response.writeHead(200).end('{"iccid": "89') },
  "no answer in time": { handler: () => {}, options: { attemptTimeoutMs: 50 } },
}

describe("a write whose answer is lost is sent once", () => {
  for (const [name, { handler, options = NEVER }] of Object.entries(lost)) {
    test(name, async () => {
      await using server = await startServer(handler)
      const clock = name === "no answer in time" ? {} : { clock: createFastClock() }
      const client = createJasperClient({ ...account, baseUrl: server.baseUrl, ...clock, ...options })
      const error = await client.devices.edit(ICCID, { ratePlan: "Flex 5MB" }).catch((reason: unknown) => reason)
      expect(server.requests.map((request) => request.method)).toEqual(["PUT"])
      expect(isJasperError(error, "outcome.unknown")).toBe(true)
      expect((error as JasperError).retryable).toBe(false)
      expect((error as JasperError).attempts).toHaveLength(1)
    })
  }
})

describe("a write that was definitely refused for the rate is sent again, once for each refusal", () => {
  for (const [name, status, body] of [
    ["429 with the code", 429, { errorCode: "40000029" }],
    ["429 with a page", 429, "<html></html>"],
    ["400 with the code", 400, { errorCode: "40000029", errorMessage: "Rate Limit Exceeded" }],
  ] as const) {
    test(name, async () => {
      await using server = await startServer((response, _request, nth) =>
        nth <= 2 ? sendJson(response, body, status) : sendJson(response, { iccid: ICCID }),
      )
      const clock = createFastClock()
      const client = createJasperClient({ ...account, baseUrl: server.baseUrl, clock, ...NEVER })
      await expect(client.devices.edit(ICCID, { status: "ACTIVATED" })).resolves.toEqual({
        iccid: ICCID,
        isDeferred: false,
      })
      expect(server.requests.map((request) => request.body)).toEqual(Array(3).fill('{"status":"ACTIVATED"}'))
    })
  }
})

test("a write refused by a rule of the carrier is sent once and names the code", async () => {
  await using server = await startServer((response) =>
    sendJson(response, { errorCode: "10000029", errorMessage: "Bad transition" }, 400),
  )
  const client = createJasperClient({ ...account, baseUrl: server.baseUrl })
  const error = await client.devices.edit(ICCID, { status: "TEST_READY" }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: "request.invalid", carrierCode: "10000029", status: 400, retryable: false })
  expect(server.requests).toHaveLength(1)
})

describe("a read is sent again", () => {
  for (const [name, fail] of Object.entries({
    "500": (response) => sendJson(response, { errorCode: "30000001" }, 500),
    "503": (response) => response.writeHead(503).end("<html>"),
    reset: (response) => response.destroy(),
    "broken body": (response) => response.writeHead(200).end("<html>login</html>"),
    "400 with 40000029": (response) => sendJson(response, { errorCode: "40000029" }, 400),
  } satisfies Record<string, Handler>)) {
    test(`after ${name}`, async () => {
      await using server = await startServer((response, request, nth) =>
        nth <= 2 ? (fail as Handler)(response, request, nth) : sendJson(response, { context: "hello" }),
      )
      const clock = createFastClock()
      const client = createJasperClient({ ...account, baseUrl: server.baseUrl, clock, ...NEVER })
      await expect(client.echo("hello")).resolves.toBe("hello")
      expect(server.requests).toHaveLength(3)
    })
  }
})
