import { describe, expect, test } from "vitest"
import { createFastClock } from "../../test/fast-clock.ts"
import { API_KEY, ICCID, json, memoryCarrier, USERNAME } from "../../test/memory-carrier.ts"
import { createJasperClient, type JasperClient } from "../mod.ts"
import { recordSession, replaySession } from "./mod.ts"

function clientOf(fetch: (request: Request) => Promise<Response>): JasperClient {
  return createJasperClient({
    baseUrl: "https://restapi.example.com",
    username: USERNAME,
    apiKey: API_KEY,
    callsPerSecond: 1_000,
    attemptTimeoutMs: Number.POSITIVE_INFINITY,
    clock: createFastClock(),
    fetch,
  })
}

/** A session with a refusal, a broken connection, a lost write and a name that is no UTF-8. */
async function session(client: JasperClient): Promise<readonly unknown[]> {
  const results: unknown[] = []
  results.push(await client.echo("one"))
  results.push(await client.echo("one"))
  results.push(await client.devices.edit(ICCID, { ratePlan: "B" }).catch((error: { code: string }) => error.code))
  results.push(await client.devices.get(ICCID).catch((error: { carrierCode: string }) => error.carrierCode))
  results.push(await client.echo("latin"))
  return results
}

const answers = [
  () => json({ errorCode: "40000029" }, 429),
  () => json({ context: "first" }),
  () => {
    throw new TypeError("connection reset")
  },
  () => json({ context: "second" }),
  () => new Response("<html>lost</html>", { status: 504 }),
  () => json({ errorCode: "20000001", errorMessage: `Not found for ${API_KEY}` }, 404),
  () =>
    new Response(
      Uint8Array.from('{"context":"Zürich"}', (c) => c.charCodeAt(0)),
      { headers: { "content-type": "application/json" } },
    ),
]

describe("a recorded session", () => {
  test("plays back the same, retries and failures included, without the carrier", async () => {
    let nth = 0
    const lines: string[] = []
    const record = recordSession({
      fetch: async () => answers[nth++]?.() ?? json({}, 500),
      write: (line) => lines.push(line),
    })
    const live = await session(clientOf(record))
    expect(live).toEqual(["first", "second", "outcome.unknown", "20000001", "Zürich"])
    expect(lines).toHaveLength(answers.length)
    const replay = replaySession([...lines, ""])
    expect(await session(clientOf(replay))).toEqual(live)
    await expect(replay(new Request("https://x/rws/api/v1/echo/one"))).rejects.toThrow("Not in the recording")
  })

  test("holds neither the key nor its header", async () => {
    const lines: string[] = []
    const { client } = memoryCarrier((_call, _nth, request) =>
      json({ context: `${request.headers.get("authorization")} ${API_KEY}` }),
    )
    await client.echo("x")
    const record = recordSession({
      fetch: async (request) => json({ context: `${request.headers.get("authorization")} ${API_KEY}` }),
      write: (line) => lines.push(line),
    })
    await clientOf(record).echo("x")
    expect(lines.join()).not.toContain(API_KEY)
    expect(lines.join()).not.toContain(btoa(`${USERNAME}:${API_KEY}`))
    expect(lines.join()).toContain("[redacted]")
  })
})
