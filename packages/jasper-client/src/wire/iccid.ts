const ICCID = /^\d{19,20}$/

/** 19 or 20 digits: the carrier and its integrators use both lengths; the 20th is a check digit. */
export function isIccid(value: unknown): value is string {
  return typeof value === "string" && ICCID.test(value)
}

/**
 * Checks an ICCID before it is sent. It is sent as given: converting between the lengths would hide a mismatch that
 * the carrier answers with 404.
 *
 * @throws {RangeError} If it is not 19 or 20 digits.
 */
export function checkIccid(iccid: string): string {
  if (!isIccid(iccid)) throw new RangeError("Cannot name the device: an ICCID has 19 or 20 digits")
  return iccid
}
