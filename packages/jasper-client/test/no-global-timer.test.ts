import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { createVirtualClock } from "./virtual-clock.ts"
import { ICCID, detailsOf, json, memoryCarrier } from "./memory-carrier.ts"

const timers = ["setTimeout", "setInterval"] as const

beforeEach(() => {
  for (const name of timers) {
    vi.spyOn(globalThis, name).mockImplementation((() => {
      throw new Error(`${name} was called`)
    }) as never)
  }
})
afterEach(() => vi.restoreAllMocks())

test("a run with refusals, failures, a lost write and a scan creates no global timer", async () => {
  const clock = createVirtualClock()
  let plan = "Flex 5MB"
  const { client, calls } = memoryCarrier(
    (call, nth) => {
      if (nth % 7 === 0 && call.method === "GET") return json({ errorCode: "40000029" }, 429)
      if (nth % 11 === 0 && call.method === "GET") return new Response("<html>busy</html>", { status: 503 })
      if (call.method === "PUT") {
        plan = (JSON.parse(call.body) as { ratePlan: string }).ratePlan
        throw new TypeError("connection reset")
      }
      if (call.path.startsWith("/devices?")) {
        const pageNumber = Number(new URLSearchParams(call.path.split("?")[1]).get("pageNumber"))
        const devices =
          pageNumber > 3
            ? []
            : Array.from({ length: 20 }, (_, n) => ({
                iccid: `89440000000000${pageNumber}${String(n).padStart(4, "0")}`,
                status: "ACTIVATED",
              }))
        return json({ pageNumber, devices, lastPage: pageNumber === 3 })
      }
      return json(detailsOf({ ratePlan: plan }))
    },
    { clock, attemptTimeoutMs: 60_000, deadlineMs: 100_000_000, backoff: { baseMs: 10 } },
  )
  const scan = async (): Promise<void> => {
    for await (const batch of client.devices.scan({ scope: "all" })) expect(batch.rows.length).toBeLessThanOrEqual(50)
  }
  await clock.run(scan())
  const outcome = await clock.run(client.devices.editAndVerify(ICCID, { ratePlan: "Flex 10MB" }))
  expect(outcome.outcome).toBe("applied")
  expect(calls.filter((call) => call.method === "PUT")).toHaveLength(1)
  expect(calls.length).toBeGreaterThan(10)
  for (const name of timers) expect(globalThis[name]).not.toHaveBeenCalled()
})
