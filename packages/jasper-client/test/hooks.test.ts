import { expect, test } from "vitest"
import type { CallAttempt, JasperErrorCode } from "../src/mod.ts"
import { createFastClock } from "./fast-clock.ts"
import { json, memoryCarrier } from "./memory-carrier.ts"

test("hooks see every attempt, retry and pause of a call, in order", async () => {
  const seen: unknown[] = []
  const { client } = memoryCarrier(
    (_call, nth) => {
      if (nth === 1) return json({ errorCode: "40000029" }, 429, { "retry-after": "2" })
      if (nth === 2) return new Response("<html>busy</html>", { status: 503 })
      if (nth === 3) throw new TypeError("connection reset")
      return json({ context: "x" }, 200, { "x-request-id": "r-4" })
    },
    {
      clock: createFastClock(),
      random: () => 0.5,
      hooks: {
        onRequest: (event) => seen.push(["request", event.attempt]),
        onResponse: (event) => seen.push(["response", event.attempt, event.status, event.headers["x-request-id"]]),
        onRetry: (event) => seen.push(["retry", event.attempt, event.reason, event.waitMs, event.error.code]),
        onPause: (event) => seen.push(["pause", event.attempt, event.pauseMs]),
      },
    },
  )
  await client.echo("x")
  expect(seen).toEqual([
    ["request", 1],
    ["response", 1, 429, undefined],
    ["pause", 1, expect.closeTo(2_501, -1)],
    ["retry", 1, "limit.rate", expect.closeTo(2_501, -1), "limit.rate"],
    ["request", 2],
    ["response", 2, 503, undefined],
    ["retry", 2, "carrier.unavailable", 1_000, "carrier.unavailable"],
    ["request", 3],
    ["retry", 3, "network", 2_000, "network"],
    ["request", 4],
    ["response", 4, 200, "r-4"],
  ])
})

test("what a hook throws changes nothing", async () => {
  const boom = (): never => {
    throw new Error("boom")
  }
  const { client } = memoryCarrier(
    (_call, nth) => (nth === 1 ? json({ errorCode: "40000029" }, 429) : json({ context: "x" })),
    { clock: createFastClock(), hooks: { onRequest: boom, onResponse: boom, onRetry: boom, onPause: boom } },
  )
  await expect(client.echo("x")).resolves.toBe("x")
})

test("an error tells every attempt and why it failed", async () => {
  const { client } = memoryCarrier(
    (_call, nth) => (nth === 2 ? new Response("<html>", { status: 200 }) : json({ errorCode: "30000001" }, 500)),
    { clock: createFastClock(), random: () => 0.5, backoff: { maxAttempts: 3 } },
  )
  const error = await client.echo("x").catch((reason: unknown) => reason)
  const attempts: readonly CallAttempt[] = [
    { reason: "carrier.unavailable", status: 500, waitedMs: 500 },
    { reason: "response.unreadable", status: 200, waitedMs: 1_000 },
    { reason: "carrier.unavailable", status: 500, waitedMs: 0 },
  ]
  expect(error).toMatchObject({ code: "carrier.unavailable", retryable: true, attempts })
})

test("every code is handled: a new one fails to compile here", () => {
  const handled = (code: JasperErrorCode): string => {
    switch (code) {
      case "auth.unauthorized":
      case "auth.forbidden":
        return "ask for access"
      case "request.invalid":
      case "request.not_found":
      case "request.wrong_host":
      case "limit.look_back":
      case "checkpoint.invalid":
        return "ask otherwise"
      case "limit.rate":
      case "carrier.unavailable":
      case "network":
      case "timeout":
      case "response.unreadable":
        return "later"
      case "response.schema":
        return "report"
      case "outcome.unknown":
        return "read back"
      default:
        return code satisfies never
    }
  }
  expect(handled("limit.rate")).toBe("later")
})
