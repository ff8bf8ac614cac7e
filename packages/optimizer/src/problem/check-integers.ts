import { refuse } from "./problem-error.ts"

/** Refuses what is no integer of the range, which is safe unless it says otherwise. */
export function checkInteger(value: unknown, path: string, least = 0, most: number = Number.MAX_SAFE_INTEGER): void {
  if (!isWithin(value, least, most))
    refuse("problem.range", path, most < least ? "be left out" : `be an integer ${least} to ${most}`, value)
}

/** Refuses a column with another number of entries than there are SIMs, or with an entry that is no integer of the range. */
export function checkColumn(
  entries: ArrayLike<unknown>,
  path: string,
  simCount: number,
  least: number,
  most: number,
): void {
  if (entries.length !== simCount)
    refuse("problem.length", path, `have ${simCount} entries, one per SIM`, entries.length)
  for (let i = 0; i < simCount; i++)
    if (!isWithin(entries[i], least, most)) checkInteger(entries[i], `${path}[${i}]`, least, most)
}

// Comparisons with NaN are false, so one test refuses NaN, text, fractions and the unsafe range.
function isWithin(value: unknown, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
}
