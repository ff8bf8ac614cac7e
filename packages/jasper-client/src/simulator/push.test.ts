import { describe, expect, it } from "vitest"
import { createManualClock, openCaller } from "./testing/caller.ts"
import { createPushRequest, type PushOptions } from "./push.ts"

const SECRET = "shared-secret"

/** A simulator that pushes into a list, and one SIM that was active. */
function openPushed(options: Partial<PushOptions> = {}) {
  const received: Request[] = []
  const push: PushOptions = {
    url: "https://receiver.example/push",
    secret: SECRET,
    deliver: async (request) => void received.push(request),
    ...options,
  }
  const caller = openCaller({ push }, createManualClock(Date.UTC(2026, 1, 21, 3, 2, 18, 393)))
  const active = [...caller.simulator.state].filter(({ status }) => status === "ACTIVATED")
  return { caller, received, active }
}

async function signatureOf(timestamp: string): Promise<string> {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const key = await crypto.subtle.importKey("raw", bytes(SECRET), { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
  return Buffer.from(await crypto.subtle.sign("HMAC", key, bytes(timestamp))).toString("base64")
}

describe("pushes", () => {
  it("tell of changes of status and plan, signed over the timestamp", async () => {
    const { caller, received, active } = openPushed()
    await caller.put(active[0]!.iccid, { status: "DEACTIVATED" })
    await caller.simulator.flushPushes()
    expect(received).toHaveLength(1)
    const form = new URLSearchParams(await received[0]!.text())
    expect(received[0]!.headers.get("content-type")).toContain("application/x-www-form-urlencoded")
    expect(form.get("eventType")).toBe("SIM_STATE_CHANGE")
    expect(form.get("timestamp")).toBe("2026-02-21T03:02:18.393Z")
    expect(form.get("signature2")).toBe(await signatureOf("2026-02-21T03:02:18.393Z"))
    expect(form.get("data")).toBe(
      `<SimStateChange xmlns="http://api.jasperwireless.com/ws/schema"><iccid>${active[0]!.iccid}</iccid>` +
        "<previousState>ACTIVATED</previousState><currentState>DEACTIVATED</currentState></SimStateChange>",
    )
  })

  it("come as JSON where asked", async () => {
    const { caller, received, active } = openPushed({ format: "json" })
    await caller.put(active[0]!.iccid, { ratePlan: "Flex 900MB" })
    await caller.simulator.flushPushes()
    expect(await received[0]!.json()).toMatchObject({
      eventType: "SIM_RATEPLAN_CHANGE",
      data: { iccid: active[0]!.iccid, currentRatePlan: "Flex 900MB" },
    })
  })

  it("come twice, in the wrong order, and with a wrong signature, where asked", async () => {
    const faults = { duplicateEvery: 3, swapEvery: 4, badSignatureEvery: 2 }
    const { caller, received, active } = openPushed({ format: "json", faults })
    for (const { iccid } of active.slice(0, 5)) await caller.put(iccid, { status: "DEACTIVATED" })
    await caller.simulator.flushPushes()
    const bodies = await Promise.all(received.map((request) => request.json()))
    const order = bodies.map((body) => active.findIndex(({ iccid }) => iccid === body.data.iccid))
    expect(order).toEqual([0, 1, 2, 2, 4, 3])
    const good = await signatureOf("2026-02-21T03:02:18.393Z")
    expect(bodies.map((body) => body.signature2 === good)).toEqual([true, false, true, true, true, true])
  })

  it("do not hold up the carrier when nobody takes them", async () => {
    const { caller, active } = openPushed({ deliver: () => Promise.reject(new Error("down")) })
    expect((await caller.put(active[0]!.iccid, { status: "DEACTIVATED" })).status).toBe(200)
    await caller.simulator.flushPushes()
  })

  it("escape what XML would take for markup", async () => {
    const event = { eventId: "1", eventType: "CTD_USAGE", at: 0, data: { note: "<a> & b" } }
    const request = await createPushRequest(event, { url: "https://receiver.example/", secret: SECRET })
    expect(new URLSearchParams(await request.text()).get("data")).toContain("<note>&lt;a&gt; &amp; b</note>")
  })
})
