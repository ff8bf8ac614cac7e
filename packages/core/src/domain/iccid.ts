declare const iccidBrand: unique symbol

/** Number of a SIM card or profile: 19 or 20 digits beginning with 89 (ITU-T E.118), kept as received. */
export type Iccid = string & { readonly [iccidBrand]: true }

/**
 * Parses an ICCID as printed or as a carrier sends it; blanks are dropped, digits kept as they are.
 *
 * @throws {RangeError} If the text is no ICCID. The message names the length, never the digits.
 * @example
 * ```ts
 * import { parseIccid } from "@altaworx/core/domain"
 *
 * console.log(parseIccid("8900 0000 0000 0000 017")) // "8900000000000000017"
 * ```
 */
export function parseIccid(text: string): Iccid {
  const digits = text.replaceAll(" ", "")
  if (!/^89\d{17,18}$/.test(digits)) {
    throw new RangeError(
      `Cannot read the ICCID: expected 19 or 20 digits that begin with 89, got ${digits.length} characters`,
    )
  }
  return digits as Iccid
}

/**
 * The first 19 digits: what identifies a SIM. Vendors print ICCIDs with and without the 20th digit, a check digit, so two
 * numbers that agree here are the same SIM.
 */
export function iccidKey(iccid: Iccid): string {
  return iccid.slice(0, 19)
}
