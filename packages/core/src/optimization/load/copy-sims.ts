import type { JobContext } from "../../jobs/mod.ts"
import type { Cohort } from "../group/joint-problems.ts"
import { guardPreparation, type SessionKey } from "../session/statements.ts"
import type { Fleet, FleetSim } from "./fleet.ts"
import { insertChunks, type PlacedChunk, type SimChunk } from "./sim-statements.ts"

/** SIMs in one row, and SIMs that are held in memory at most before all of them are written. */
const CHUNK_SIZE = 2_000
const MOST_HELD = 20_000

/** SIMs of a market that are alike before usage is looked at. */
export interface FleetCohort extends Cohort {
  readonly market: string
  readonly serviceProviderId: string
  readonly portalType: string
}

/** A cohort whose SIMs are still being read: those that are held, column by column. */
interface OpenCohort extends FleetCohort {
  deviceCount: number
  chunkCount: number
  held: Held
}

type Held = { readonly [Column in keyof SimChunk]: SimChunk[Column][number][] }

const noneHeld = (): Held => ({
  carrierDeviceIds: [],
  usageBytes: [],
  projectedBytes: [],
  lowBytes: [],
  highBytes: [],
  smsCounts: [],
  days: [],
})

/**
 * Copies the SIMs with their usage into the session, so that all that follows sees one and the same fleet whatever is
 * synced or changed meanwhile.
 */
export async function copySims(key: SessionKey, fleet: Fleet, context: JobContext): Promise<readonly FleetCohort[]> {
  const cohorts: OpenCohort[] = []
  const known = new Map<string, OpenCohort>()
  let heldCount = 0
  const write = async (isFull: (count: number) => boolean) => {
    const chunks: PlacedChunk[] = []
    for (const [at, cohort] of cohorts.entries()) {
      const count = cohort.held.carrierDeviceIds.length
      if (count === 0 || !isFull(count)) continue
      for (let from = 0; from < count; from += CHUNK_SIZE) {
        chunks.push([at, cohort.chunkCount++, slice(cohort.held, from, from + CHUNK_SIZE)])
      }
      heldCount -= count
      cohort.held = noneHeld()
    }
    if (chunks.length === 0) return
    await context.unit("optimization.copy-sims", [guardPreparation(key, context.jobId), insertChunks(key, chunks)])
  }
  for await (const page of fleet.sims()) {
    context.signal.throwIfAborted()
    for (const sim of page) {
      const { market, communicationPlan, ratePlan, isBillable, serviceProviderId, portalType } = sim
      const facts = { market, communicationPlan, ratePlan, isBillable, serviceProviderId, portalType }
      const name = JSON.stringify(Object.values(facts))
      let cohort = known.get(name)
      if (cohort === undefined) {
        cohort = { ...facts, deviceCount: 0, chunkCount: 0, held: noneHeld() }
        cohorts.push(cohort)
        known.set(name, cohort)
      }
      cohort.deviceCount++
      hold(cohort.held, sim)
    }
    heldCount += page.length
    await write(heldCount >= MOST_HELD ? () => true : (count) => count >= CHUNK_SIZE)
  }
  await write(() => true)
  return cohorts
}

function hold(held: Held, sim: FleetSim): void {
  held.carrierDeviceIds.push(sim.carrierDeviceId)
  held.usageBytes.push(sim.usageBytes)
  held.projectedBytes.push(sim.projectedBytes)
  held.lowBytes.push(sim.lowBytes)
  held.highBytes.push(sim.highBytes)
  held.smsCounts.push(sim.smsCount)
  held.days.push(sim.days)
}

function slice(held: Held, from: number, to: number): SimChunk {
  const columns = Object.entries(held).map(([name, values]) => [name, (values as unknown[]).slice(from, to)])
  return Object.fromEntries(columns) as SimChunk
}
