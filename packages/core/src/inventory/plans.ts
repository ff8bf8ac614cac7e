import type { CommunicationPlan } from "../domain/mod.ts"
import { CoreError } from "../errors/mod.ts"
import type { ListedRatePlan } from "../ports/mod.ts"
import type { Platform, Statement } from "../store/mod.ts"
import {
  insertCommunicationPlan,
  replacePermittedRatePlans,
  type StoredRatePlan,
  selectCommunicationPlans,
  selectRatePlans,
  unknownCommunicationPlans,
  upsertRatePlan,
} from "./plan-statements.ts"

/** Rate plans of a provider, by name. */
export function listRatePlans(
  core: Platform,
  tenantId: string,
  serviceProviderId: string,
): Promise<readonly StoredRatePlan[]> {
  return core.store.read((db) => selectRatePlans(db, tenantId, serviceProviderId))
}

/** Communication plans of a provider with the rate plans their SIMs may be on, by name. */
export function listCommunicationPlans(
  core: Platform,
  tenantId: string,
  serviceProviderId: string,
): Promise<readonly CommunicationPlan[]> {
  return core.store.read((db) => selectCommunicationPlans(db, tenantId, serviceProviderId))
}

/** Statements that store what a carrier's price list says. Prices it omits leave what an operator entered. */
export function recordRatePlans(
  core: Platform,
  tenantId: string,
  serviceProviderId: string,
  plans: readonly ListedRatePlan[],
): readonly Statement[] {
  const now = core.runtime.clock.now()
  return plans.map((plan) => upsertRatePlan(tenantId, serviceProviderId, { ...plan, id: core.runtime.newId() }, now))
}

/** Names of communication plans that devices carry and the inventory does not know yet. */
export async function findUnknownCommunicationPlans(
  core: Platform,
  tenantId: string,
  serviceProviderId: string,
): Promise<readonly string[]> {
  const rows = await core.store.rows<{ name: string }>(unknownCommunicationPlans(tenantId, serviceProviderId))
  return rows.map(({ name }) => name)
}

/** The statement that adds a communication plan by name; nothing happens where it is known. */
export function recordCommunicationPlan(
  core: Platform,
  tenantId: string,
  serviceProviderId: string,
  name: string,
): Statement {
  const { runtime } = core
  return insertCommunicationPlan({ tenantId, serviceProviderId, name, id: runtime.newId(), now: runtime.clock.now() })
}

/**
 * Sets which rate plans the SIMs of a communication plan may be on. The carrier's API has no such list, so an operator
 * gives it; a communication plan that is not known yet is added.
 *
 * @throws {CoreError} `input.invalid` if a rate plan is named twice or is blank. Nothing was written.
 */
export async function setPermittedRatePlans(
  core: Platform,
  request: {
    readonly tenantId: string
    readonly serviceProviderId: string
    readonly communicationPlan: string
    readonly ratePlans: readonly string[]
  },
): Promise<void> {
  const { tenantId, serviceProviderId, communicationPlan, ratePlans } = request
  if (new Set(ratePlans).size !== ratePlans.length || ratePlans.some((name) => name.trim() === "")) {
    throw new CoreError(
      "input.invalid",
      "Cannot set the permitted rate plans: names must be given once and not be blank",
      {
        field: "ratePlans",
      },
    )
  }
  await core.store.unit({ name: "inventory.set-permitted-rate-plans" }, [
    recordCommunicationPlan(core, tenantId, serviceProviderId, communicationPlan),
    ...replacePermittedRatePlans(tenantId, serviceProviderId, communicationPlan, ratePlans),
  ])
}
