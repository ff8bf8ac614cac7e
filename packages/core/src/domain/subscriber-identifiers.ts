declare const msisdnBrand: unique symbol
declare const imeiBrand: unique symbol
declare const eidBrand: unique symbol

/** Phone number of a line: E.164 digits without the plus sign, at most 15. */
export type Msisdn = string & { readonly [msisdnBrand]: true }
/** Number of the equipment that holds the SIM: 14 to 16 digits (3GPP TS 23.003; 16 with a software version). */
export type Imei = string & { readonly [imeiBrand]: true }
/** Number of an eUICC: 32 digits (GSMA SGP.29). */
export type Eid = string & { readonly [eidBrand]: true }

function parseDigits(text: string, form: RegExp, name: string, expected: string): string {
  const digits = text.replaceAll(" ", "").replace(/^\+/, "")
  if (!form.test(digits)) {
    throw new RangeError(`Cannot read the ${name}: expected ${expected}, got ${digits.length} characters`)
  }
  return digits
}

/** @throws {RangeError} If the text is no phone number of 5 to 15 digits. */
export function parseMsisdn(text: string): Msisdn {
  return parseDigits(text, /^\d{5,15}$/, "MSISDN", "5 to 15 digits") as Msisdn
}

/** @throws {RangeError} If the text is no IMEI of 14 to 16 digits. */
export function parseImei(text: string): Imei {
  return parseDigits(text, /^\d{14,16}$/, "IMEI", "14 to 16 digits") as Imei
}

/** @throws {RangeError} If the text is no EID of 32 digits. */
export function parseEid(text: string): Eid {
  return parseDigits(text, /^\d{32}$/, "EID", "32 digits") as Eid
}
