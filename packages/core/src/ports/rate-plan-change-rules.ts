import type { RatePlanChangeRule, Sourced } from "./change.ts"

const DAY_MS = 86_400_000

/** How far back rules ask for changes, days; 0 where none does. */
export function rememberedDays(rules: readonly Sourced<RatePlanChangeRule>[]): number {
  return Math.max(0, ...rules.map(({ value }) => ("days" in value ? value.days : 0)))
}

/**
 * Why a rule of the carrier forbids to change the rate plan of a SIM, or `undefined`.
 *
 * @param changedAt When its rate plan was changed lately, as far as we know of it.
 */
export function forbiddenBy(
  rules: readonly Sourced<RatePlanChangeRule>[],
  sim: { readonly status: string | null },
  changedAt: readonly number[],
  now: number,
): string | undefined {
  const within = (days: number) => changedAt.filter((instant) => instant > now - days * DAY_MS).length
  for (const { value: rule, source, asOf } of rules) {
    const cited = `(${source}, ${asOf})`
    switch (rule.rule) {
      case "notInStatus":
        if (rule.statuses.some((status) => status === sim.status)) {
          return `The carrier changes no rate plan of a SIM that is ${sim.status} ${cited}`
        }
        break
      case "leastDaysBetween":
        if (within(rule.days) > 0) return `Its rate plan was changed less than ${rule.days} days ago ${cited}`
        break
      case "mostChanges":
        if (within(rule.days) >= rule.changes) {
          return `Its rate plan was changed ${rule.changes} times within ${rule.days} days ${cited}`
        }
    }
  }
  return undefined
}
