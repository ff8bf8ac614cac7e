import { describe, expect, test } from "vitest"
import { type Clock, createJasperClient, type JasperError } from "../src/mod.ts"
import { createSimulator, DEFAULT_CREDENTIALS } from "../src/simulator/mod.ts"
import { seededRandom } from "./fleet-model.ts"
import { createVirtualClock } from "./virtual-clock.ts"
import { ICCID, json, memoryCarrier } from "./memory-carrier.ts"

const STOP = new Error("the caller's own reason")
const settled = async (work: Promise<unknown>): Promise<unknown> => work.catch((reason: unknown) => reason)
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** An answer whose body never ends. */
function endless(): Response {
  return new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([123])) }))
}

describe("an abort rejects at once with the caller's reason and leaves no timer", () => {
  test("before anything was sent", async () => {
    const clock = createVirtualClock()
    const { client, calls } = memoryCarrier(() => json({ context: "x" }), { clock })
    await expect(settled(client.echo("x", { signal: AbortSignal.abort(STOP) }))).resolves.toBe(STOP)
    expect(calls).toHaveLength(0)
    expect(clock.waiting).toBe(0)
  })

  test("in the queue, behind a call in flight", async () => {
    const clock = createVirtualClock()
    let answer = (_response: Response): void => {}
    const { client, calls } = memoryCarrier(() => new Promise((resolve) => (answer = resolve)), { clock })
    const first = client.echo("first")
    const abort = new AbortController()
    const second = settled(client.echo("second", { signal: abort.signal }))
    await turns()
    abort.abort(STOP)
    await expect(second).resolves.toBe(STOP)
    answer(json({ context: "first" }))
    await expect(first).resolves.toBe("first")
    expect(calls).toHaveLength(1)
    expect(clock.waiting).toBe(0)
  })

  test("while the pace holds it back", async () => {
    const clock = createVirtualClock()
    const { client } = memoryCarrier(() => json({ context: "x" }), { clock, callsPerSecond: 1 })
    await client.echo("x")
    const abort = new AbortController()
    const second = settled(client.echo("x", { signal: abort.signal }))
    await turns()
    expect(clock.waiting).toBe(1)
    abort.abort(STOP)
    await expect(second).resolves.toBe(STOP)
    expect(clock.waiting).toBe(0)
  })

  for (const [name, refuse] of Object.entries({
    "in back-off": () => json({ errorCode: "30000001" }, 500),
    "in a pause": () => json({ errorCode: "40000029" }, 429, { "retry-after": "3600" }),
  })) {
    test(name, async () => {
      const clock = createVirtualClock()
      const { client, calls } = memoryCarrier(refuse, { clock, random: () => 0.5 })
      const abort = new AbortController()
      const work = settled(client.echo("x", { signal: abort.signal }))
      await turns()
      expect(clock.waiting).toBe(1)
      abort.abort(STOP)
      await expect(work).resolves.toBe(STOP)
      expect(calls).toHaveLength(1)
      expect(clock.waiting).toBe(0)
    })
  }

  test("in the middle of the body, even when fetch does not heed the signal", async () => {
    const clock = createVirtualClock()
    const { client } = memoryCarrier(endless, { clock, attemptTimeoutMs: 60_000, deadlineMs: 600_000 })
    const abort = new AbortController()
    const work = settled(client.echo("x", { signal: abort.signal }))
    await turns()
    expect(clock.waiting).toBe(2)
    abort.abort(STOP)
    await expect(work).resolves.toBe(STOP)
    await turns()
    expect(clock.waiting).toBe(0)
  })

  test("in a scan that is left with break", async () => {
    const clock = createVirtualClock()
    const devices = Array.from({ length: 50 }, (_, n) => ({ iccid: `8944${String(n).padStart(15, "0")}`, status: "X" }))
    const { client, calls } = memoryCarrier(
      (call) =>
        json({ devices: Number(new URLSearchParams(call.path.split("?")[1]).get("pageNumber")) < 9 ? devices : [] }),
      { clock, attemptTimeoutMs: 60_000 },
    )
    const left = async (): Promise<void> => {
      for await (const batch of client.devices.scan({ scope: "all" })) if (batch.rows.length > 0) break
    }
    await clock.run(left())
    await turns()
    expect(clock.waiting).toBe(0)
    const seen = calls.length
    await turns()
    expect(calls).toHaveLength(seen)
  })
})

describe("deadlines", () => {
  test("a deadline in back-off ends with what went wrong, without waiting for it", async () => {
    const clock = createVirtualClock()
    const { client } = memoryCarrier(() => json({ errorCode: "40000029" }, 429, { "retry-after": "120" }), { clock })
    const begun = clock.now()
    const error = (await clock.run(settled(client.echo("x", { deadlineMs: 10_000 })))) as JasperError
    expect(error).toMatchObject({ code: "limit.rate", retryAfterMs: 120_000, retryable: true })
    expect(clock.now() - begun).toBeLessThan(1_000)
  })

  test("a deadline in the queue ends as timeout: nothing was sent", async () => {
    const clock = createVirtualClock()
    const { client, calls } = memoryCarrier(() => json({ iccid: ICCID }), { clock, callsPerSecond: 0.01 })
    await client.devices.edit(ICCID, { ratePlan: "A" })
    const error = await clock.run(settled(client.devices.edit(ICCID, { ratePlan: "B" }, { deadlineMs: 5_000 })))
    expect(error).toMatchObject({ code: "timeout", retryable: true })
    expect(calls).toHaveLength(1)
  })

  test("an edit whose turn comes at its last instant is not sent; one that was sent before gets its answer", async () => {
    const clock = createVirtualClock()
    const answer = async () => {
      await clock.sleep(30_000)
      return json({ iccid: ICCID })
    }
    const { client, calls } = memoryCarrier(answer, { clock, callsPerSecond: 1 })
    const notAfter = clock.now() + 5_000
    const edits = ["A", "B"].map((ratePlan) => settled(client.devices.edit(ICCID, { ratePlan }, { notAfter })))
    const [sent, late] = await clock.run(Promise.all(edits))
    expect(sent).toEqual({ iccid: ICCID, isDeferred: false })
    expect(late).toMatchObject({ code: "timeout", retryable: true })
    expect(calls).toHaveLength(1)
  })

  test("an edit that was refused for the rate is not sent again after its last instant", async () => {
    const clock = createVirtualClock()
    const refusal = () => json({ errorCode: "40000029" }, 429, { "retry-after": "60" })
    const { client, calls } = memoryCarrier(refusal, { clock })
    const edit = client.devices.edit(ICCID, { ratePlan: "A" }, { notAfter: clock.now() + 5_000 })
    expect(await clock.run(settled(edit))).toMatchObject({ code: "limit.rate", retryAfterMs: 60_000, retryable: true })
    // One that waits for the pause to end gives up at its last instant.
    const begun = clock.now()
    const other = client.devices.edit(ICCID, { ratePlan: "B" }, { notAfter: begun + 5_000 })
    expect(await clock.run(settled(other))).toMatchObject({ code: "timeout", retryable: true })
    expect(clock.now()).toBe(begun + 5_000)
    expect(calls).toHaveLength(1)
    expect(clock.waiting).toBe(0)
  })

  test("a deadline while a write is under way ends as outcome.unknown", async () => {
    const clock = createVirtualClock()
    const { client, calls } = memoryCarrier(endless, { clock })
    const error = await clock.run(settled(client.devices.edit(ICCID, { ratePlan: "B" }, { deadlineMs: 5_000 })))
    expect(error).toMatchObject({ code: "outcome.unknown", retryable: false })
    expect(calls).toHaveLength(1)
  })

  test("an attempt without an answer is given up and made again", async () => {
    const clock = createVirtualClock()
    const { client, calls } = memoryCarrier((_call, nth) => (nth === 1 ? endless() : json({ context: "x" })), {
      clock,
      attemptTimeoutMs: 30_000,
    })
    await expect(clock.run(client.echo("x"))).resolves.toBe("x")
    expect(calls).toHaveLength(2)
    expect(clock.waiting).toBe(0)
  })
})

test("an abort at any instant of a scan under faults rejects at that instant and leaves nothing waiting", async () => {
  const faults = ["throttle429", "serverError", "drop", "slowAnswer", "truncatedBody", "gatewayTimeout"] as const
  for (let seed = 1; seed <= 80; seed++) {
    const random = seededRandom(seed)
    const clock = createVirtualClock()
    let waiting = 0
    const counted: Clock = {
      now: clock.now,
      sleep: (ms, signal) => {
        waiting += 1
        const done = (): void => {
          waiting -= 1
        }
        const slept = clock.sleep(ms, signal)
        slept.then(done, done)
        return slept
      },
    }
    const rules = faults.map((fault) => ({ fault, chance: 0.15, maxDelayMs: 3_000 }))
    const simulator = createSimulator({ seed, devices: 300, clock, modes: { latencyMs: 150 }, faults: { rules } })
    const client = createJasperClient({
      baseUrl: "http://simulator",
      ...DEFAULT_CREDENTIALS,
      clock: counted,
      random,
      attemptTimeoutMs: 2_000,
      deadlineMs: 400_000,
      fetch: (request) => simulator.fetch(request),
    })
    const abort = new AbortController()
    const work = async (): Promise<void> => {
      for await (const _ of client.devices.scan({ scope: "all", signal: abort.signal }));
      await Promise.all([1, 2, 3].map((n) => client.echo(`${n}`, { signal: abort.signal })))
      throw new Error("the scan was over")
    }
    const stopAt = clock.now() + random() * 4_000
    const stop = clock.sleep(stopAt - clock.now()).then(() => abort.abort(STOP))
    const reason = await clock.run(settled(work()))
    expect({ seed, reason, at: clock.now() }).toEqual({ seed, reason: STOP, at: stopAt })
    await stop
    await turns()
    expect({ seed, waiting }).toEqual({ seed, waiting: 0 })
  }
})
