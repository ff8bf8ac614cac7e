/**
 * The Luhn check digit of a run of digits, as ICCIDs carry it in their last place.
 *
 * @see ITU-T E.118
 */
export function luhnDigit(digits: string): number {
  let sum = 0
  for (let i = digits.length - 1, doubled = true; i >= 0; i--, doubled = !doubled) {
    const digit = digits.charCodeAt(i) - 48
    sum += doubled ? (digit < 5 ? digit * 2 : digit * 2 - 9) : digit
  }
  return (10 - (sum % 10)) % 10
}
