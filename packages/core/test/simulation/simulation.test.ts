import { FAULT_NAMES } from "@altaworx/jasper-client/simulator"
import { describe, expect, it } from "vitest"
import { CARRIER_FAULTS, CARRIER_FAULTS_LEFT_OUT } from "./carrier-side.ts"
import { LEADS } from "./leads.ts"
import { NOT_IN_THE_SIMULATION, pointNames, reachablePoints } from "./point-names.ts"
import { runBatch } from "./run-batch.ts"
import { runSimulation } from "./run-simulation.ts"
import { planSimulation, seedsThatKillEverywhere, seedsThatStrikeAll } from "./plan-simulation.ts"
import { FAULT_KINDS } from "./simulation-plan.ts"

// A fixed slice; `npm run simulate` runs more. Its kills are where most runs do not come to, so that what leads there is
// tried as well.
const SEEDS = reachablePoints().flatMap((point, seed) => (point.replace("before:", "") in LEADS ? [seed] : []))

const strikesOf = (seed: number) =>
  planSimulation(seed).faults.flatMap(({ kind, at }) => ("point" in at ? [`${kind} at ${at.point}`] : []))

describe("the simulated pipeline", () => {
  it(`keeps every promise under the faults of ${SEEDS.length} seeds`, { timeout: 240_000 }, async () => {
    const missed: number[] = []
    const { failed } = await runBatch(SEEDS, {
      onRun({ plan: { seed }, struck }) {
        if (!struck.has(strikesOf(seed)[0] as string)) missed.push(seed)
      },
    })
    expect(failed && { seed: failed.plan.seed, violations: failed.violations }).toBeUndefined()
    expect(missed).toEqual([])
  })

  it("does the same for the same seed, byte for byte, and something else for another", {
    timeout: 120_000,
  }, async () => {
    const [first, again, other] = [await runSimulation(12), await runSimulation(12), await runSimulation(13)]
    expect(again.trace.join("\n")).toBe(first.trace.join("\n"))
    expect(other.trace.join("\n")).not.toBe(first.trace.join("\n"))
  })

  it("plans a kill at every named point, and every other fault, within so many seeds wherever they begin", () => {
    const points = reachablePoints()
    for (const begin of [0, 1, 57, 5_000]) {
      const seeds = Array.from({ length: seedsThatStrikeAll() }, (_, i) => begin + i)
      const kills = new Set(seeds.slice(0, seedsThatKillEverywhere()).map((seed) => strikesOf(seed)[0]))
      for (const point of points) expect(kills).toContain(`crash at ${point}`)
      const strikes = new Set(seeds.flatMap(strikesOf))
      for (const point of points) for (const kind of FAULT_KINDS) expect(strikes).toContain(`${kind} at ${point}`)
    }
  })

  it("knows every named point: each is walked to, or says why it cannot be reached", () => {
    const names = pointNames()
    expect(names.length).toBeGreaterThan(40)
    for (const name of [...Object.keys(NOT_IN_THE_SIMULATION), ...Object.keys(LEADS)]) expect(names).toContain(name)
  })

  it("knows every fault of the carrier, those that it leaves out with their reason", () => {
    expect([...CARRIER_FAULTS, ...Object.keys(CARRIER_FAULTS_LEFT_OUT)].sort()).toEqual([...FAULT_NAMES].sort())
  })
})
