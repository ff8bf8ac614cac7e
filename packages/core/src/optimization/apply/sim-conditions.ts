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
