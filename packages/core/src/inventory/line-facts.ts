import { CoreError } from "../errors/mod.ts"
import type { Platform, Statement } from "../store/mod.ts"
import {
  devicesToRead,
  type LineFacts,
  mobilityGroups,
  type RatePlanTerms,
  replaceMobilityGroup,
  updateLineFacts,
  updateRatePlanTerms,
} from "./line-facts-statements.ts"

interface ProviderScope {
  readonly tenantId: string
  readonly serviceProviderId: string
}

/** The statement that stores when lines were activated, and which Mobility lines they are optimized with. */
export function recordLineFacts(scope: ProviderScope, facts: readonly LineFacts[]): Statement {
  return updateLineFacts(scope, facts)
}

/**
 * Billed devices that may have been activated since an instant, and whose activation date is not known: a page of their
 * identifiers, in order. A device that the carrier was asked about is left out until it changes.
 */
export async function listDevicesToRead(
  core: Platform,
  request: ProviderScope & { readonly since: number; readonly after: string; readonly limit: number },
): Promise<readonly string[]> {
  const rows = await core.store.rows<{ carrierDeviceId: string }>(devicesToRead(request, request))
  return rows.map(({ carrierDeviceId }) => carrierDeviceId)
}

/**
 * Sets what the carrier's price list does not say of a rate plan. What is left out stays as it is.
 *
 * @throws {CoreError} `input.invalid` for a price or volume that is no whole number of 0 or more; `input.not_found` for an
 *   unknown rate plan. Nothing was written.
 */
export async function setRatePlanTerms(
  core: Platform,
  request: ProviderScope & RatePlanTerms & { readonly ratePlan: string },
): Promise<void> {
  const { tenantId: _, serviceProviderId: __, ratePlan, ...terms } = request
  for (const [field, value] of Object.entries(terms)) {
    if (typeof value !== "number" || (Number.isSafeInteger(value) && value >= 0)) continue
    throw new CoreError("input.invalid", `Cannot set the rate plan's terms: ${field} must be whole, 0 or more`, {
      field,
    })
  }
  const [rows] = await core.store.unit({ name: "inventory.set-rate-plan-terms" }, [
    ratePlanTermsStatement(request, ratePlan, terms),
  ])
  if (rows?.length === 1) return
  throw new CoreError("input.not_found", "Cannot find the rate plan", { field: "ratePlan" })
}

/** The statement of {@link setRatePlanTerms}, for terms that were checked. */
export function ratePlanTermsStatement(scope: ProviderScope, ratePlan: string, terms: RatePlanTerms): Statement {
  return updateRatePlanTerms(scope, ratePlan, terms)
}

/** Sets which rate plans the Mobility lines of an optimization group may be on. */
export async function setOptimizationGroup(
  core: Platform,
  request: ProviderScope & { readonly optimizationGroup: string; readonly ratePlans: readonly string[] },
): Promise<void> {
  await core.store.unit(
    { name: "inventory.set-optimization-group" },
    replaceMobilityGroup(request, request.optimizationGroup, request.ratePlans),
  )
}

/** Optimization groups of a provider with the rate plans that their lines may be on, by name. */
export async function listOptimizationGroups(
  core: Platform,
  tenantId: string,
  serviceProviderId: string,
): Promise<readonly { readonly name: string; readonly ratePlans: readonly string[] }[]> {
  const rows = await core.store.rows<{ name: string; ratePlans: string }>(
    mobilityGroups({ tenantId, serviceProviderId }),
  )
  return rows.map(({ name, ratePlans }) => ({ name, ratePlans: JSON.parse(ratePlans) as string[] }))
}
