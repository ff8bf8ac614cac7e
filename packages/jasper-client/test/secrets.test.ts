import { inspect } from "node:util"
import { describe, expect, test } from "vitest"
import { createJasperClient } from "../src/mod.ts"
import { createFastClock } from "./fast-clock.ts"
import { API_KEY, ICCID, json, memoryCarrier, USERNAME } from "./memory-carrier.ts"

const TOKEN = btoa(`${USERNAME}:${API_KEY}`)

/** Everything a log could print of a value: hidden fields, causes, stacks. */
function printed(value: unknown): string {
  return inspect(value, { depth: 20, showHidden: true, getters: true }) + JSON.stringify(value) + String(value)
}

function expectClean(value: unknown): void {
  const text = printed(value)
  expect(text).not.toContain(API_KEY)
  expect(text).not.toContain(TOKEN)
}

describe("the API key is in no error, hook or client", () => {
  const failures: Record<string, (request: Request) => Response> = {
    "a page that echoes the request": (request) =>
      new Response(`<pre>authorization: ${request.headers.get("authorization")} ${API_KEY}</pre>`, { status: 502 }),
    "a carrier message that repeats the key": () =>
      json({ errorCode: "10000011", errorMessage: `bad key ${API_KEY}` }, 400, { "x-request-id": "r-1" }),
    "a fetch error that holds the request": (request) => {
      throw Object.assign(new TypeError(`failed with ${request.headers.get("authorization")}`), {
        request,
        cause: Object.assign(new Error(`socket ${API_KEY}`), { code: "ECONNRESET", request }),
      })
    },
    "a refused login": () => json({ errorCode: "10000001", errorMessage: "Invalid credentials" }, 401),
    "an answer of another shape": () => json({ key: API_KEY }),
  }
  for (const [name, fail] of Object.entries(failures)) {
    test(name, async () => {
      const seen: unknown[] = []
      const note = (event: unknown): void => void seen.push(event)
      const { client } = memoryCarrier((_call, _nth, request) => fail(request), {
        clock: createFastClock(),
        backoff: { maxAttempts: 2 },
        hooks: { onRequest: note, onResponse: note, onRetry: note, onPause: note },
      })
      const read = await client.devices.get(ICCID).catch((error: unknown) => error)
      const write = await client.devices.edit(ICCID, { simNotes: "x" } as never).catch((error: unknown) => error)
      const verified = await client.devices
        .editAndVerify(ICCID, { ratePlan: "A" }, { deadlineMs: 0 })
        .catch((error: unknown) => error)
      expect(read).toBeInstanceOf(Error)
      for (const value of [read, write, verified, seen, client]) expectClean(value)
      expect(seen.length).toBeGreaterThan(0)
    })
  }

  test("credentials in the base URL are refused, and not repeated", () => {
    const open = (): unknown =>
      createJasperClient({ baseUrl: `https://user:${API_KEY}@example.com`, username: "u", apiKey: API_KEY })
    expect(open).toThrow(TypeError)
    try {
      open()
    } catch (error) {
      expectClean(error)
    }
  })
})

test("the key is sent as Basic credentials, on every call", async () => {
  const sent: (string | null)[] = []
  const { client } = memoryCarrier((_call, _nth, request) => {
    sent.push(request.headers.get("authorization"))
    return json({ context: "x" })
  })
  await client.echo("x")
  expect(sent).toEqual([`Basic ${TOKEN}`])
})

test("a 401 stops every later call, waiting ones included", async () => {
  const { client, calls } = memoryCarrier(() =>
    json({ errorCode: "10000001", errorMessage: "Invalid credentials" }, 401),
  )
  const results = await Promise.allSettled([client.echo("a"), client.echo("b"), client.devices.get(ICCID)])
  const late = await client.echo("c").catch((error: unknown) => error)
  expect(calls).toHaveLength(1)
  for (const result of results) {
    expect(result).toMatchObject({ status: "rejected", reason: { code: "auth.unauthorized", carrierCode: "10000001" } })
  }
  expect(late).toMatchObject({ code: "auth.unauthorized", status: 401, retryable: false })
})
