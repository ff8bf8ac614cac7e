import type { JobContext } from "../../jobs/mod.ts"
import type { Cohort } from "../group/joint-problems.ts"
import { guardPreparation, type SessionKey } from "../session/statements.ts"
import type { Fleet, FleetSim } from "./fleet.ts"
import { insertChunks, type PlacedChunk } from "./sim-statements.ts"

/** SIMs in one row, and SIMs that are held in memory at most before all of them are written. */
const CHUNK_SIZE = 2_000
const MOST_HELD = 20_000

/** SIMs of a market that are alike before usage is looked at. */
export interface FleetCohort extends Cohort {
  readonly market: string
  readonly serviceProviderId: string
  readonly portalType: string
}

interface OpenCohort extends FleetCohort {
  deviceCount: number
  chunkCount: number
  held: FleetSim[]
}

/**
 * Copies the SIMs with their usage into the session, so that all that follows sees one and the same fleet whatever is
 * synced or changed meanwhile.
 */
export async function copySims(key: SessionKey, fleet: Fleet, context: JobContext): Promise<readonly FleetCohort[]> {
  const cohorts: OpenCohort[] = []
  const known = new Map<string, OpenCohort>()
  let heldCount = 0
  const write = async (isFull: (cohort: OpenCohort) => boolean) => {
    const chunks: PlacedChunk[] = []
    for (const [at, cohort] of cohorts.entries()) {
      if (cohort.held.length === 0 || !isFull(cohort)) continue
      for (let from = 0; from < cohort.held.length; from += CHUNK_SIZE) {
        chunks.push([at, cohort.chunkCount++, columnsOf(cohort.held.slice(from, from + CHUNK_SIZE))])
      }
      heldCount -= cohort.held.length
      cohort.held = []
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
        cohort = { ...facts, deviceCount: 0, chunkCount: 0, held: [] }
        cohorts.push(cohort)
        known.set(name, cohort)
      }
      cohort.deviceCount++
      cohort.held.push(sim)
    }
    heldCount += page.length
    await write(heldCount >= MOST_HELD ? () => true : ({ held }) => held.length >= CHUNK_SIZE)
  }
  await write(() => true)
  return cohorts
}

function columnsOf(sims: readonly FleetSim[]): PlacedChunk[2] {
  return {
    carrierDeviceIds: sims.map(({ carrierDeviceId }) => carrierDeviceId),
    usageBytes: sims.map(({ usageBytes }) => usageBytes),
    projectedBytes: sims.map(({ projectedBytes }) => projectedBytes),
    lowBytes: sims.map(({ lowBytes }) => lowBytes),
    highBytes: sims.map(({ highBytes }) => highBytes),
    smsCounts: sims.map(({ smsCount }) => smsCount),
    days: sims.map(({ days }) => days),
  }
}
