import { findDeviceAssignments, findDevicesByCarrierId } from "../../inventory/mod.ts"
import { forbiddenBy, type RatePlanChangeRule, rememberedDays, type Sourced } from "../../ports/mod.ts"
import type { Platform } from "../../store/mod.ts"
import type { HeldBackBy } from "./apply.ts"
import type { GuardRails } from "./guard-rails.ts"
import { fitsAny, type SimFacts } from "./sim-conditions.ts"

/** Why a SIM stays where it is, whatever it would save. */
export interface Guard {
  readonly by: Extract<HeldBackBy, "protected" | "carrierRule">
  readonly reason: string
}

/** When rate plans were changed lately: epoch milliseconds by device, as far as it is known. */
export type RecentChanges = (since: number) => Promise<ReadonlyMap<string, readonly number[]>>

/** Looks up which of some SIMs may not move. */
export type GuardFinder = (carrierDeviceIds: readonly string[]) => Promise<ReadonlyMap<number, Guard>>

const DAY_MS = 86_400_000
const PAGE_SIZE = 2_000

/** Says which SIMs of a provider stay where they are, by position in the list that is asked about. */
export async function openGuards(
  core: Platform,
  scope: { readonly tenantId: string; readonly serviceProviderId: string },
  rails: Pick<GuardRails, "protectedSims">,
  rules: readonly Sourced<RatePlanChangeRule>[],
  recentChanges: RecentChanges,
): Promise<GuardFinder> {
  const { protectedSims } = rails
  if (protectedSims.length === 0 && rules.length === 0) return () => Promise.resolve(new Map())
  const now = core.runtime.clock.now()
  const days = rememberedDays(rules)
  const changed = days === 0 ? new Map<string, readonly number[]>() : await recentChanges(now - days * DAY_MS)

  const guardOf = (id: string, facts: SimFacts): Guard | undefined => {
    if (fitsAny(protectedSims, facts)) return { by: "protected", reason: "The SIM is protected" }
    const reason = forbiddenBy(rules, facts, changed.get(id) ?? [], now)
    return reason === undefined ? undefined : { by: "carrierRule", reason }
  }

  return async (carrierDeviceIds) => {
    const guards = new Map<number, Guard>()
    for (let start = 0; start < carrierDeviceIds.length; start += PAGE_SIZE) {
      const page = carrierDeviceIds.slice(start, start + PAGE_SIZE)
      const facts = await factsOf(core, scope, page)
      for (const [at, id] of page.entries()) {
        const guard = guardOf(id, facts.get(id) ?? { ...NOTHING_KNOWN, carrierDeviceId: id })
        if (guard) guards.set(start + at, guard)
      }
      await core.runtime.clock.yield()
    }
    return guards
  }
}

const NOTHING_KNOWN = {
  iccid: null,
  status: null,
  ratePlan: null,
  communicationPlan: null,
  customerId: null,
  siteId: null,
}

async function factsOf(
  core: Platform,
  scope: { readonly tenantId: string; readonly serviceProviderId: string },
  carrierDeviceIds: readonly string[],
): Promise<ReadonlyMap<string, SimFacts>> {
  const devices = await findDevicesByCarrierId(core, { ...scope, carrierDeviceIds })
  const assignments = await findDeviceAssignments(core, { ...scope, carrierDeviceIds })
  const owners = new Map(assignments.map((assignment) => [assignment.carrierDeviceId, assignment]))
  return new Map(
    devices.map(({ carrierDeviceId, iccid, status, carrierRatePlan, communicationPlan }) => [
      carrierDeviceId,
      {
        carrierDeviceId,
        iccid,
        status,
        ratePlan: carrierRatePlan,
        communicationPlan,
        customerId: owners.get(carrierDeviceId)?.customerId ?? null,
        siteId: owners.get(carrierDeviceId)?.siteId ?? null,
      },
    ]),
  )
}
