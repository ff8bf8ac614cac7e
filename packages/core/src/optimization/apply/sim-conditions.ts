import type { RatePlanChangeRule, Sourced } from "../../ports/mod.ts"
import type { FieldCondition, SimCondition, SimField } from "./guard-rails.ts"

/** A SIM as conditions and rules look at it. */
export type SimFacts = Readonly<Record<SimField, string | null>>

/** Whether a SIM fits one of the conditions. */
export function fitsAny(conditions: readonly SimCondition[], facts: SimFacts): boolean {
  return conditions.some((condition) =>
    (Object.entries(condition) as [SimField, FieldCondition][]).every(([field, test]) => fits(field, test, facts)),
  )
}

function fits(field: SimField, test: FieldCondition, facts: SimFacts): boolean {
  const value = keyOf(field, facts[field])
  if ("startsWith" in test) return value !== null && value.startsWith(test.startsWith)
  const list = "not" in test ? test.not : test
  return list.some((one) => keyOf(field, one) === value) !== "not" in test
}

/** The last digit of an ICCID only checks the others, and some systems leave it out. */
function keyOf(field: SimField, value: string | null): string | null {
  return field === "iccid" && value !== null ? value.slice(0, 19) : value
}

const DAY_MS = 86_400_000

/** How far back the rules ask for changes, days; 0 where none does. */
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
  facts: Pick<SimFacts, "status">,
  changedAt: readonly number[],
  now: number,
): string | undefined {
  const within = (days: number) => changedAt.filter((instant) => instant > now - days * DAY_MS).length
  for (const { value: rule, source, asOf } of rules) {
    const cited = `(${source}, ${asOf})`
    switch (rule.rule) {
      case "notInStatus":
        if (rule.statuses.some((status) => status === facts.status)) {
          return `The carrier changes no rate plan of a SIM that is ${facts.status} ${cited}`
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
