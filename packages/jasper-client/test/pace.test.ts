import { describe, expect, test, vi } from "vitest"
import { createCallLimiter } from "../src/mod.ts"
import { seededRandom } from "./fleet-model.ts"
import { createTokenBucketModel } from "./token-bucket-model.ts"
import { createVirtualClock } from "./virtual-clock.ts"

// Machines differ, and so do their neighbours: none of these tests is about speed.
vi.setConfig({ testTimeout: 60_000 })

interface Run {
  /** The carrier's rate, and its bucket. */
  readonly limit: number
  readonly burst?: number
  /** What the client is told. */
  readonly callsPerSecond: number
  readonly calls?: number
  /** The carrier's rate for the second half. */
  readonly laterLimit?: number
  readonly clients?: number
  readonly seed?: number
  /** Share of calls refused for no reason of rate. */
  readonly spurious?: number
  readonly baseMs?: number
  /** The host is busy for 60 ms before each so-manieth call. */
  readonly busyEvery?: number
}

/** Makes calls as fast as the limiter lets them, and compares with what the carrier would have accepted. */
async function measure(options: Run) {
  const { limit, burst = limit, calls = 2_000, clients = 1, seed = 1, spurious = 0, baseMs = 1_000 } = options
  const clock = createVirtualClock()
  const random = seededRandom(seed)
  const begun = clock.now()
  const bucket = createTokenBucketModel(limit, burst, begun)
  const limiter = createCallLimiter({ callsPerSecond: options.callsPerSecond, clock, random, backoff: { baseMs } })
  let made = 0
  let inFlight = 0
  let mostInFlight = 0
  let capacity = 0
  let countedAt = begun
  let rate = limit
  let worstTries = 0
  const refusedAt: number[] = []
  const client = async (): Promise<void> => {
    while (made < calls) {
      made += 1
      if (options.laterLimit !== undefined && made === calls / 2) {
        capacity += ((clock.now() - countedAt) * rate) / 1_000
        countedAt = clock.now()
        rate = options.laterLimit
        bucket.setRate(rate, clock.now())
      }
      for (let tries = 1; ; tries++) {
        if (options.busyEvery !== undefined && made % options.busyEvery === 0) await clock.sleep(60)
        const slot = await limiter.acquire({ isRetry: tries > 1 })
        inFlight += 1
        mostInFlight = Math.max(mostInFlight, inFlight)
        await clock.sleep(1)
        const isAccepted = random() >= spurious && bucket.take(clock.now())
        await clock.sleep(1)
        inFlight -= 1
        worstTries = Math.max(worstTries, tries)
        slot.release(isAccepted ? { kind: "accepted" } : { kind: "refused", retryAfterMs: undefined })
        if (isAccepted) break
        refusedAt.push(clock.now() - begun)
      }
    }
  }
  await clock.run(Promise.all(Array.from({ length: clients }, client)))
  capacity += ((clock.now() - countedAt) * rate) / 1_000
  // The full bucket of the start is no merit: it is part of what could have been used.
  return { share: bucket.accepted / (capacity + 1), refusedAt, worstTries, mostInFlight, ms: clock.now() - begun }
}

describe("a known limit is used to 95 percent at least, without a refusal", () => {
  for (const limit of [1, 5, 50]) {
    for (const burst of [1, limit]) {
      test(`${limit} calls a second, a bucket of ${burst}`, async () => {
        const { share, refusedAt } = await measure({ limit, burst, callsPerSecond: limit })
        expect(share).toBeGreaterThanOrEqual(0.95)
        expect(refusedAt).toHaveLength(0)
      })
    }
  }
})

describe("a host that is busy for a moment", () => {
  for (const limit of [50, 100, 200]) {
    test(`uses 95 percent of ${limit} calls a second all the same, without a refusal`, async () => {
      const { share, refusedAt } = await measure({ limit, callsPerSecond: limit, busyEvery: limit / 2 })
      expect(share).toBeGreaterThanOrEqual(0.95)
      expect(refusedAt).toHaveLength(0)
    })
  }
})

describe("a limit that has to be learned is used to 90 percent at least over 2,000 calls", () => {
  for (const limit of [1, 5, 50]) {
    for (const told of [1.5, 2, 20]) {
      test(`${limit} calls a second, told ${limit * told}`, async () => {
        const { share, refusedAt, worstTries, ms } = await measure({ limit, callsPerSecond: limit * told })
        expect(share).toBeGreaterThanOrEqual(0.9)
        // No call comes near the eight attempts after which it would fail.
        expect(worstTries).toBeLessThan(7)
        // Once learned, one probe a minute: a refusal each, and now and then one for a rate a touch too high.
        const learned = refusedAt.filter((at) => at > 120_000)
        expect(learned.length).toBeLessThanOrEqual((1.25 * ms) / 60_000)
      })
    }
  }

  test("two clients that share the account through one limiter", async () => {
    const { share, mostInFlight } = await measure({ limit: 5, callsPerSecond: 50, clients: 2 })
    expect(share).toBeGreaterThanOrEqual(0.9)
    expect(mostInFlight).toBe(1)
  })

  for (const [limit, laterLimit] of [
    [50, 25],
    [50, 40],
    [5, 2],
    [5, 10],
  ] as const) {
    test(`the limit changes midway from ${limit} to ${laterLimit}`, async () => {
      const { share, worstTries } = await measure({ limit, laterLimit, callsPerSecond: 100, seed: 3 })
      expect(share).toBeGreaterThanOrEqual(0.9)
      expect(worstTries).toBeLessThan(8)
    })
  }
})

test("refusals that have nothing to do with the rate do not slow the client down for good", async () => {
  const { ms } = await measure({ limit: 400, callsPerSecond: 400, spurious: 0.01, baseMs: 50 })
  expect(2_000 / (ms / 1_000)).toBeGreaterThan(0.85 * 400)
})

test("on the real clock, 50 calls a second are used to 95 percent at least", { retry: 3 }, async () => {
  const limiter = createCallLimiter({ callsPerSecond: 50 })
  const begun = performance.now()
  const bucket = createTokenBucketModel(50, 50, begun)
  let refused = 0
  for (let call = 0; call < 150; call++) {
    const slot = await limiter.acquire()
    const isAccepted = bucket.take(performance.now())
    if (!isAccepted) refused += 1
    slot.release(isAccepted ? { kind: "accepted" } : { kind: "refused", retryAfterMs: undefined })
  }
  expect(refused).toBe(0)
  expect(150 / ((performance.now() - begun) / 1_000)).toBeGreaterThan(47.5)
})
