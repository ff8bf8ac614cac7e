/** Digits that a spreadsheet keeps of a number; the rest become zeros. */
const KEPT = 15

/**
 * What of a cell is an identifier, or `undefined` where a spreadsheet has lost its digits: it shows long numbers as
 * `8.90112E+18` and keeps 15 digits of them. `="8901…"` and `'8901…` mark a cell as text, so its digits are taken as
 * they are, zeros included.
 */
export function identifierOf(cell: string): string | undefined {
  const text = /^="?(\d+)"?$/.exec(cell)?.[1] ?? /^'(.*)$/.exec(cell)?.[1]
  if (text !== undefined) return text.trim()
  const digits = cell.replace(/\.0+$/, "")
  if (/^\d+(?:[.,]\d+)?E\+?\d+$/i.test(digits)) return undefined
  if (digits.length > KEPT + 3 && /^\d+$/.test(digits) && /^0+$/.test(digits.slice(KEPT))) return undefined
  return digits
}
