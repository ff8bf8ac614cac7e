import * as v from "valibot"
import { parseCarrierDate } from "./carrier-date.ts"
import { isIccid } from "./iccid.ts"

/** A field the carrier may leave out. */
type Field<Value> = v.GenericSchema<unknown, Value | null>

/** An ICCID. */
export function iccid(): v.GenericSchema<unknown, string> {
  return v.custom<string>(isIccid, "an ICCID of 19 or 20 digits")
}

/** Text; absent, null, empty and the text `"null"` (as the carrier's own example has it) are all null. */
export function text(): Field<string> {
  return v.pipe(
    v.nullish(v.string(), null),
    v.transform((value) => (value === "" || value === "null" ? null : value)),
  )
}

/** An identifier, sent as text or as a number. */
export function idText(): Field<string> {
  return v.pipe(
    v.nullish(v.union([v.string(), v.number()]), null),
    v.transform((value) => (value === null || value === "" || value === "null" ? null : String(value))),
  )
}

/** A whole number, sent as a number or as digits. */
export function integer(): Field<number> {
  return v.pipe(
    idText(),
    v.transform((value) => (value === null ? null : Number(value))),
    v.check((value) => value === null || Number.isSafeInteger(value), "a whole number"),
  )
}

/** A count or volume that is 0 when the carrier leaves it out. */
export function amount(): v.GenericSchema<unknown, number> {
  return v.pipe(
    integer(),
    v.transform((value) => value ?? 0),
    v.check((value) => value >= 0, "a number from 0"),
  )
}

/** A flag, sent as a boolean or as `"true"` and `"false"`. */
export function flag(): Field<boolean> {
  return v.pipe(
    v.nullish(v.union([v.boolean(), v.picklist(["true", "false", "TRUE", "FALSE", ""])]), null),
    v.transform((value) => (value === null || value === "" ? null : String(value).toLowerCase() === "true")),
  )
}

/** An instant in any of the three styles, as epoch milliseconds. */
export function instant(): Field<number> {
  return v.pipe(
    v.nullish(v.union([v.string(), v.number()]), null),
    v.transform((value) =>
      value === null || value === "" || value === "null" ? null : (parseCarrierDate(value) ?? Number.NaN),
    ),
    v.check((value) => value === null || !Number.isNaN(value), "an instant in one of the carrier's three styles"),
  )
}
