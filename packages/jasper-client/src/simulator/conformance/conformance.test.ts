import { describe, expect, it } from "vitest"
import { DEFAULT_CREDENTIALS } from "../options.ts"
import { serveSimulator } from "../node/serve.ts"
import type { SimulatorOptions } from "../options.ts"
import { createSimulator } from "../simulator.ts"
import { createManualClock } from "../testing/caller.ts"
import { type ConformanceOptions, runConformance } from "./run-conformance.ts"

const unlimited = { devices: 300, callsPerSecond: Number.POSITIVE_INFINITY }

async function failuresOf(options: Partial<ConformanceOptions> & Pick<ConformanceOptions, "fetch">): Promise<string[]> {
  const failures: string[] = []
  const defaults = { baseUrl: "http://simulator/rws/api/v1/", credentials: DEFAULT_CREDENTIALS, paceMs: 0 }
  let checks = 0
  for await (const { name, outcome, detail } of runConformance({ ...defaults, ...options })) {
    checks++
    if (outcome === "failed") failures.push(`${name}: ${detail}`)
  }
  expect(checks).toBeGreaterThan(20)
  return failures
}

describe("runConformance()", () => {
  const variants: [string, SimulatorOptions["modes"]][] = [
    ["as it is by default", {}],
    [
      "with the other page rules",
      { pastTheEnd: "error", lastPageAtExactMultiple: false, oversizedPage: "clamp", totalCount: true },
    ],
    ["with usage that grows", { usage: "growing", missingIpAddress: "text", euiccIdField: "euiccid" }],
  ]
  it.each(variants)("passes the simulator %s, changes included", async (_, modes) => {
    const clock = createManualClock()
    const simulator = createSimulator({ ...unlimited, clock, modes: modes ?? {} })
    const [device] = [...simulator.state]
    const found = await failuresOf({ fetch: simulator.fetch, clock, writableIccid: device!.iccid })
    expect(found).toEqual([])
    const { ratePlan, status } = simulator.state.get(device!.iccid)!
    expect([ratePlan, status]).toEqual([device!.ratePlan, device!.status])
  })

  it("passes the simulator over HTTP", async () => {
    const served = await serveSimulator(createSimulator(unlimited))
    try {
      expect(await failuresOf({ baseUrl: served.url, fetch })).toEqual([])
    } finally {
      await served.close()
    }
  })

  it("writes nothing without a SIM that may be changed", async () => {
    const simulator = createSimulator(unlimited)
    await failuresOf({ fetch: simulator.fetch })
    expect(simulator.writes).toEqual([])
  })

  it("keeps below the limit, and passes a carrier that throttles all the same", async () => {
    const clock = createManualClock()
    const simulator = createSimulator({
      devices: 300,
      clock,
      faults: { rules: [{ fault: "throttle400", oncePer: 5 }] },
    })
    expect(await failuresOf({ fetch: simulator.fetch, clock, paceMs: 250 })).toEqual([])
    expect(simulator.stats.throttled).toBe(0)
    expect(simulator.stats.injected.rateLimited).toBeGreaterThan(5)
  })

  it.each([
    ["silentNoOp", "accountCustom9"],
    ["dateMissing", "a Date header"],
    ["lastPageMissing", "lastPage to be a boolean"],
    ["shortPage", "the rows"],
    ["truncatedBody", "a JSON object"],
  ] as const)("finds a carrier out that has the fault %s", async (fault, detail) => {
    const clock = createManualClock()
    const simulator = createSimulator({ ...unlimited, clock, faults: { rules: [{ fault }] } })
    const [device] = [...simulator.state]
    const found = await failuresOf({ fetch: simulator.fetch, clock, writableIccid: device!.iccid })
    expect(found.join("\n")).toContain(detail)
  })
})
