import type { Platform } from "../../store/mod.ts"
import { type StoredCohort, selectCohorts } from "../load/cohort-statements.ts"
import { eachChunk } from "../load/load-sims.ts"
import type { ExclusionReason } from "../session/session.ts"
import type { SessionKey } from "../session/statements.ts"
import { EXCLUSION_TEXT } from "./move-reason.ts"

/** A device of the session's fleet that has no result, and why. */
export interface LeftOutDevice {
  readonly serviceProviderId: string
  readonly carrierDeviceId: string
  readonly communicationPlan: string | null
  readonly ratePlan: string | null
  readonly usageBytes: number
  readonly smsCount: number
  readonly code: ExclusionReason
  /** In plain words. */
  readonly reason: string
}

/** The devices of a session that have no result, in pages: with the results they are the whole fleet. */
export async function* eachLeftOutDevice(
  core: Platform,
  request: { readonly tenantId: string; readonly sessionId: string },
): AsyncGenerator<readonly LeftOutDevice[], void> {
  const key: SessionKey = { tenantId: request.tenantId, id: request.sessionId }
  const cohorts = await core.store.read((db) => selectCohorts(db, key))
  const leftOut = cohorts.filter(({ problem }) => problem === null)
  for await (const { cohort, sims } of eachChunk(core, key, leftOut)) {
    yield sims.carrierDeviceIds.map((carrierDeviceId, at) => ({
      ...whyLeftOut(cohort),
      carrierDeviceId,
      usageBytes: sims.usageBytes[at]!,
      smsCount: sims.smsCounts[at]!,
    }))
  }
}

function whyLeftOut({ serviceProviderId, communicationPlan, ratePlan, exclusion }: StoredCohort) {
  const code = exclusion ?? "no_permitted_rate_plans"
  return { serviceProviderId, communicationPlan, ratePlan, code, reason: `Not optimized: ${EXCLUSION_TEXT[code]}` }
}
