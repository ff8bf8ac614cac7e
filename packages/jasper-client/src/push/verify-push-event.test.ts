import { createHmac } from "node:crypto"
import { describe, expect, test } from "vitest"
import { parsePushEvent } from "./push-event.ts"
import { signPushTimestamp, verifyPushEvent } from "./verify-push-event.ts"

const secret = "shared secret ü"
const timestamp = "2026-02-21T03:02:18.393Z"
const now = Date.UTC(2026, 1, 21, 3, 3)
const signature2 = createHmac("sha256", secret).update(timestamp).digest("base64")

describe("verifyPushEvent", () => {
  test("accepts what the carrier signs, made by another implementation", async () => {
    expect(await signPushTimestamp(timestamp, secret)).toBe(signature2)
    expect(await verifyPushEvent({ timestamp, signature2 }, { secret, now })).toEqual({ ok: true })
  })

  test.each([
    ["another secret", { secret: "other" }, "signature"],
    ["another timestamp", { timestamp: "2026-02-21T03:02:19.393Z" }, "signature"],
    ["no base64", { signature2: "%%%" }, "signature"],
    ["an empty signature", { signature2: "" }, "signature"],
    ["a replay after the tolerance", { now: now + 600_000 }, "stale"],
    ["a timestamp from ahead", { now: now - 600_000 }, "stale"],
  ])("refuses %s", async (_name, change, reason) => {
    const { secret: key, now: at, ...event } = { timestamp, signature2, secret, now, ...change }
    expect(await verifyPushEvent(event, { secret: key, now: at })).toEqual({ ok: false, reason })
  })

  test("refuses a signed text that is no instant", async () => {
    const event = { timestamp: "soon", signature2: await signPushTimestamp("soon", secret) }
    expect(await verifyPushEvent(event, { secret, now })).toEqual({ ok: false, reason: "timestamp" })
  })

  test("does not prove the data: other data with the same pair passes", async () => {
    const forged = { eventId: "EV-2", eventType: "SIM_RATEPLAN_CHANGE", timestamp, signature2, data: "<forged/>" }
    expect(await verifyPushEvent(forged, { secret, now })).toEqual({ ok: true })
  })

  test("an empty secret is a caller's mistake", async () => {
    await expect(verifyPushEvent({ timestamp, signature2 }, { secret: "", now })).rejects.toThrow(TypeError)
  })
})

describe("parsePushEvent", () => {
  const fields = { eventId: "EV-1001", eventType: "CTD_USAGE", timestamp, signature2 }

  test("reads both styles", () => {
    const form = new URLSearchParams({ ...fields, data: "<CtdUsage/>" }).toString()
    expect(parsePushEvent(form, "application/x-www-form-urlencoded")).toEqual({ ...fields, data: "<CtdUsage/>" })
    const json = JSON.stringify({ ...fields, data: { iccid: "8944000000000000017" } })
    expect(parsePushEvent(json, "application/json; charset=utf-8")).toEqual({
      ...fields,
      data: { iccid: "8944000000000000017" },
    })
  })

  test.each([
    ["", "application/json"],
    ["{", "application/json"],
    ["null", "application/json"],
    ['{"eventId":1}', "application/json"],
    ["eventId=1", null],
  ])("refuses %j", (body, contentType) => {
    expect(parsePushEvent(body, contentType)).toBeUndefined()
  })
})
