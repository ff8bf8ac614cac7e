import { describe, expect, it } from "vitest"
import { CARRIER_FAULTS, CARRIER_FAULTS_LEFT_OUT } from "./carrier-side.ts"
import { NOT_IN_THE_SIMULATION, pointNames } from "./point-names.ts"
import { runBatch } from "./run-batch.ts"
import { runSimulation } from "./run-simulation.ts"
import { planSimulation } from "./simulation-plan.ts"
import { FAULT_NAMES } from "@altaworx/jasper-client/simulator"

// A fixed slice; `npm run simulate` and the deep tests run more.
const SEEDS = 12

describe("the simulated pipeline", () => {
  it(`keeps every promise under the faults of ${SEEDS} seeds`, { timeout: 240_000 }, async () => {
    const { failed } = await runBatch(1, SEEDS)
    expect(failed && { seed: failed.plan.seed, violations: failed.violations }).toBeUndefined()
  })

  it("does the same for the same seed, byte for byte, and something else for another", {
    timeout: 120_000,
  }, async () => {
    const [first, again, other] = [await runSimulation(12), await runSimulation(12), await runSimulation(13)]
    expect(again.trace.join("\n")).toBe(first.trace.join("\n"))
    expect(other.trace.join("\n")).not.toBe(first.trace.join("\n"))
  })

  it("knows every named point: each is walked to, or says why it cannot be reached", () => {
    const names = pointNames()
    expect(names.length).toBeGreaterThan(40)
    for (const name of Object.keys(NOT_IN_THE_SIMULATION)) expect(names).toContain(name)
    const planned = Array.from({ length: 60 }, (_, seed) => planSimulation(seed).faults).flat()
    const points = new Set(planned.flatMap(({ at }) => ("point" in at ? [at.point.replace(/^\w+:/, "")] : [])))
    expect([...points, ...Object.keys(NOT_IN_THE_SIMULATION)].sort()).toEqual([...names])
  })

  it("knows every fault of the carrier, those that it leaves out with their reason", () => {
    expect([...CARRIER_FAULTS, ...Object.keys(CARRIER_FAULTS_LEFT_OUT)].sort()).toEqual([...FAULT_NAMES].sort())
  })
})
