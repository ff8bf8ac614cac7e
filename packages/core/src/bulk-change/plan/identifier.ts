/** What a number may be. */
export type IdentifierKind = "iccid" | "eid" | "imei" | "msisdn"

export interface Identifier {
  readonly kind: IdentifierKind
  /** Digits; of an ICCID the first 19. */
  readonly value: string
}

const FORMS: readonly (readonly [IdentifierKind, RegExp])[] = [
  ["iccid", /^89\d{17,18}$/],
  ["eid", /^\d{32}$/],
  ["imei", /^\d{14,16}$/],
  ["msisdn", /^\d{5,15}$/],
]

/**
 * What a text may identify a device by: one kind for most lengths, two for 14 and 15 digits, none where it is no number.
 * Blanks, dashes, a plus sign in front and the filler `F` behind an ICCID are no part of it.
 */
export function kindsOf(text: string): readonly Identifier[] {
  const digits = text.replaceAll(/[\s-]/g, "").replace(/^\+/, "").replace(/F$/i, "")
  return FORMS.filter(([, form]) => form.test(digits)).map(([kind]) => ({
    kind,
    value: kind === "iccid" ? digits.slice(0, 19) : digits,
  }))
}
