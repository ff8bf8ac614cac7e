import { CARRIER_FAULTS } from "./carrier-side.ts"
import { NOT_IN_THE_SIMULATION, pointNames, reachablePoints } from "./point-names.ts"
import type { SimulationResult } from "./run-simulation.ts"
import { seedsThatKillEverywhere, seedsThatStrikeAll } from "./plan-simulation.ts"
import { FAULT_KINDS, type FaultKind } from "./simulation-plan.ts"

/** What a batch of runs reached and was struck by, summed up. */
export interface Histogram {
  add(result: SimulationResult): void
  /** What so many runs must have hit and did not, one line each; what is left out although it was reached, too. */
  missed(): readonly string[]
  lines(): readonly string[]
}

export function openHistogram(): Histogram {
  const reached = new Map<string, number>()
  const struck = new Map<string, number>()
  const carrierFaults = new Map<string, number>()
  let runs = 0
  let writes = 0

  const addAll = (to: Map<string, number>, from: ReadonlyMap<string, number>) => {
    for (const [name, count] of from) to.set(name, (to.get(name) ?? 0) + count)
  }
  const strikesOf = (kind: string) => [...struck].filter(([name]) => name.startsWith(`${kind} at `))
  const sum = (counts: readonly (readonly [string, number])[]) => counts.reduce((total, [, count]) => total + count, 0)

  const notStruck = (kinds: readonly FaultKind[]) =>
    reachablePoints().flatMap((point) =>
      kinds.filter((kind) => !struck.has(`${kind} at ${point}`)).map((kind) => `no ${kind} at ${point}`),
    )

  return {
    add(result) {
      runs++
      writes += result.writes
      addAll(reached, result.reached)
      addAll(struck, result.struck)
      addAll(carrierFaults, result.carrierFaults)
    },
    missed() {
      return [
        ...wronglyListed(reached),
        // A shorter batch walks through too few of the points to miss one.
        ...(runs < seedsThatKillEverywhere() ? [] : notStruck(["crash"])),
        ...(runs < seedsThatStrikeAll() ? [] : notStruck(FAULT_KINDS.filter((kind) => kind !== "crash"))),
        ...(runs < seedsThatKillEverywhere() ? [] : CARRIER_FAULTS)
          .filter((name) => !carrierFaults.has(name))
          .map((name) => `the carrier had no ${name}`),
      ]
    },
    lines() {
      const width = Math.max(...reachablePoints().map((point) => point.length))
      const cell = (count: number) => String(count).padStart(9)
      return [
        `${runs} runs, ${writes} changes accepted by the carrier`,
        "",
        `${"point".padEnd(width)}${["reached", ...FAULT_KINDS].map((name) => name.padStart(11)).join("")}`,
        ...reachablePoints().map(
          (point) =>
            point.padEnd(width) +
            [reached.get(point) ?? 0, ...FAULT_KINDS.map((kind) => struck.get(`${kind} at ${point}`) ?? 0)]
              .map((count) => `  ${cell(count)}`)
              .join(""),
        ),
        `${"all".padEnd(width)}  ${cell(sum([...reached]))}${FAULT_KINDS.map((kind) => `  ${cell(sum(strikesOf(kind)))}`).join("")}`,
        "",
        "faults of the carrier",
        ...CARRIER_FAULTS.map((name) => `${name.padEnd(width)}  ${cell(carrierFaults.get(name) ?? 0)}`),
      ]
    },
  }
}

/** Points that are said not to be reached, and are, or that are not there. */
function wronglyListed(reached: ReadonlyMap<string, number>): readonly string[] {
  return Object.keys(NOT_IN_THE_SIMULATION).flatMap((name) => {
    if (!pointNames().includes(name)) return [`${name} is listed as not reachable, and there is no such name`]
    return reached.has(`before:${name}`) ? [`${name} is listed as not reachable, and was reached`] : []
  })
}
