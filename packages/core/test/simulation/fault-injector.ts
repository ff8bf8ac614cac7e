import type { FaultPlan, FaultPoint } from "../../src/testing/mod.ts"
import type { MortalProcess } from "./mortal-process.ts"
import type { FaultKind, PlannedFault } from "./simulation-plan.ts"
import type { Trace } from "./trace.ts"

/** What a batch of runs wants to know of the faults of one. */
export interface FaultCounts {
  /** How often each point was reached. */
  readonly reached: ReadonlyMap<FaultPoint, number>
  /** How often each kind struck at each point: `crash at before:sync.start`. */
  readonly struck: ReadonlyMap<string, number>
}

export interface FaultInjector extends FaultCounts {
  /** The faults of one process, in the form that the wrappers of `testing` take. */
  planFor(process: MortalProcess): FaultPlan
  /** From now on nothing strikes. */
  end(): void
}

/** What a fault does to the world outside its own process. */
export interface FaultEffects {
  readonly trace: Trace
  readonly random: () => number
  /** Takes every lease back, whoever holds it. */
  loseLeases(): Promise<void>
  /** Delivers a job once more. */
  duplicateJob(): Promise<string | undefined>
  sleep(ms: number): Promise<void>
}

/** Strikes with the planned faults as processes reach their points. */
export function faultInjector(faults: readonly PlannedFault[], effects: FaultEffects): FaultInjector {
  const { trace, random } = effects
  const left = faults.map((fault) => ({ fault, times: fault.times, hasBegun: false }))
  const reached = new Map<FaultPoint, number>()
  const struck = new Map<string, number>()
  let steps = 0
  let hasEnded = false

  const due = (point: FaultPoint, occurrence: number): FaultKind | undefined => {
    const next = left.find(({ fault, times, hasBegun }) => {
      const { at } = fault
      if (times === 0) return false
      // Before the first sync there is nothing to deliver twice.
      if (fault.kind === "duplicate" && !reached.has("after:sync.start")) return false
      if ("step" in at) return steps >= at.step
      return at.point === point && (hasBegun || occurrence >= at.occurrence)
    })
    if (!next) return undefined
    next.times--
    next.hasBegun = true
    return next.fault.kind
  }

  const strike = async (process: MortalProcess, kind: FaultKind, portError: () => Error): Promise<void> => {
    switch (kind) {
      case "crash":
        process.kill()
        return process.whileAlive(() => Promise.resolve())
      case "error":
        throw portError()
      case "freeze":
        return process.freeze(30_000 + random() * 120_000)
      case "stall":
        return effects.sleep(1_000 + random() * 100_000)
      case "lease-loss":
        return effects.loseLeases()
      case "duplicate": {
        const type = await effects.duplicateJob()
        return trace.add(process.name, `duplicate of ${type ?? "nothing"}`)
      }
      case "stop":
        return process.stop.abort(new DOMException("Stopped", "AbortError"))
    }
  }

  return {
    reached,
    struck,
    planFor: (process) => ({
      trace: [],
      points: reached,
      async reach(point, portError) {
        if (process.isCalm) return
        const occurrence = (reached.get(point) ?? 0) + 1
        reached.set(point, occurrence)
        steps++
        trace.add(process.name, point)
        const kind = hasEnded ? undefined : due(point, occurrence)
        if (!kind) return
        const name = `${kind} at ${point}`
        struck.set(name, (struck.get(name) ?? 0) + 1)
        trace.add(process.name, `! ${name}`)
        await strike(process, kind, portError)
      },
    }),
    end() {
      hasEnded = true
    },
  }
}
