import type { PlanCatalogue } from "./usage.ts"

/** Where a device goes before it is deactivated. */
export type FittingPlan =
  | { readonly kind: "move"; readonly ratePlan: string }
  | { readonly kind: "stay"; readonly reason: string | null }

/**
 * The cheapest permitted rate plan that covers what a device used: what it goes to before it is deactivated. Where none
 * does, or none is known, it stays: a move to the dearest plan would help nobody.
 */
export function fittingPlan(
  catalogue: PlanCatalogue,
  device: { readonly ratePlan: string | null; readonly communicationPlan: string | null },
  usedBytes: number,
): FittingPlan {
  const permitted = catalogue.permitted.get(device.communicationPlan ?? "") ?? []
  if (permitted.length === 0) {
    return { kind: "stay", reason: "Stays on its rate plan: which others its communication plan permits is not known" }
  }
  const covering = permitted
    .flatMap((name) => catalogue.ratePlans.get(name) ?? [])
    .flatMap(({ name, monthly, includedBytes }) =>
      monthly !== null && includedBytes !== null && includedBytes >= usedBytes ? [{ name, monthly }] : [],
    )
    .toSorted((a, b) => a.monthly - b.monthly || (a.name < b.name ? -1 : 1))
  const [cheapest] = covering
  if (!cheapest) return { kind: "stay", reason: "Stays on its rate plan: no permitted one covers what it used" }
  const isThere =
    device.ratePlan !== null &&
    covering.some((plan) => plan.name === device.ratePlan && plan.monthly === cheapest.monthly)
  return isThere ? { kind: "stay", reason: null } : { kind: "move", ratePlan: cheapest.name }
}
