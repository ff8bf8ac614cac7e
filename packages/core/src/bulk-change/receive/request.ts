import { TZDate } from "@date-fns/tz"
import * as v from "valibot"
import { CoreError } from "../../errors/mod.ts"
import type { ChangeDetails } from "../../ports/mod.ts"

// The request as the documents print it. Keys are read in any case: `ServiceProviderId` and `serviceProviderId` are one.

// A long number has lost its last digits by the time it is here: it is shown as what is left, which identifies nothing.
const text = v.pipe(
  v.union([v.string(), v.number()]),
  v.transform((given) =>
    typeof given === "number" && Number.isInteger(given) && !Number.isSafeInteger(given)
      ? given.toExponential()
      : String(given),
  ),
  v.trim(),
)
const optionalText = v.nullish(text)
const flag = v.nullish(
  v.union([
    v.boolean(),
    v.pipe(
      v.picklist(["true", "false"]),
      v.transform((word) => word === "true"),
    ),
  ]),
)
const details = v.nullish(v.record(v.string(), v.nullish(v.union([v.string(), v.number(), v.boolean()]))))

const device = v.union([
  text,
  v.pipe(
    v.custom<object>((value) => typeof value === "object" && value !== null && !Array.isArray(value)),
    v.transform((value) => lowered(value, new Map(), true)),
    v.looseObject({
      identifier: optionalText,
      iccid: optionalText,
      imei: optionalText,
      msisdn: optionalText,
      eid: optionalText,
    }),
  ),
])

const requestSchema = v.object({
  serviceproviderid: text,
  serviceproviderids: v.nullish(v.array(text)),
  changetype: text,
  processchanges: flag,
  overridevalidation: flag,
  effectivedate: optionalText,
  portaltype: optionalText,
  customerrateplanupdate: v.nullish(
    v.object({
      customerrateplanid: optionalText,
      customerdataallocationmb: v.nullish(
        v.pipe(v.union([v.number(), v.pipe(v.string(), v.trim(), v.decimal(), v.transform(Number))]), v.minValue(0)),
      ),
      customerpoolid: optionalText,
      customerrateplanpoolid: optionalText,
      effectivedate: optionalText,
    }),
  ),
  carrierrateplanupdate: v.nullish(
    v.object({
      carrierrateplan: optionalText,
      commplan: optionalText,
      effectivedate: optionalText,
      planuuid: optionalText,
      rateplanid: optionalText,
    }),
  ),
  statusupdate: v.nullish(
    v.looseObject({
      updatestatus: text,
      isignorecurrentstatus: flag,
      accountnumber: optionalText,
      request: details,
      effectivedate: optionalText,
    }),
  ),
  username: v.nullish(v.record(v.string(), v.nullish(v.string()))),
  customerassignment: v.nullish(
    v.object({ customerid: optionalText, siteid: optionalText, effectivedate: optionalText }),
  ),
  customerid: optionalText,
  siteid: optionalText,
  identifierchange: v.nullish(
    v.object({
      newiccids: v.nullish(v.array(optionalText)),
      newimeis: v.nullish(v.array(optionalText)),
    }),
  ),
  activation: v.nullish(v.object({ carrierrateplan: text, commplan: optionalText, imei: optionalText, details })),
  revservice: details,
})

/** All that a request says but its devices, which may be many. */
export type ParsedRequest = v.InferOutput<typeof requestSchema>

/** @throws {CoreError} `input.invalid` with the field as it was written. Nothing was stored. */
export function parseRequest(body: unknown): ParsedRequest {
  const names = new Map<string, string>()
  const result = v.safeParse(requestSchema, lowered(body, names, true))
  if (!result.success) {
    const [issue] = result.issues
    const path = v.getDotPath(issue) ?? "request"
    const field = path.replaceAll(/[a-z]+/g, (key) => names.get(key) ?? key)
    throw new CoreError("input.invalid", `Cannot read the bulk change: ${issue.message}`, { field })
  }
  return result.output
}

/** The devices of a request as they were given: an array, or, where it is code that asks, any iterable. */
export type GivenDevices = Iterable<unknown> | AsyncIterable<unknown>

/** @throws {CoreError} `input.invalid`, field `devices`, where a request has none. */
export function devicesOf(body: unknown): GivenDevices {
  const given = Object.entries(body ?? {}).find(([key]) => key.toLowerCase() === "devices")?.[1] as unknown
  const isMany =
    typeof given === "object" && given !== null && (Symbol.iterator in given || Symbol.asyncIterator in given)
  if (isMany && !(Array.isArray(given) && given.length === 0)) return given as GivenDevices
  throw new CoreError("input.invalid", "Cannot take the bulk change: it names no device", { field: "devices" })
}

/** The number that a device is asked for by; empty where there is none, which is its row's error. */
export function identifierOf(given: unknown): string {
  const { success, output } = v.safeParse(device, given)
  if (!success) return ""
  if (typeof output === "string") return output
  return output.identifier ?? output.iccid ?? output.eid ?? output.imei ?? output.msisdn ?? ""
}

/** Objects whose keys are names of other systems and stay as they are. */
const VERBATIM = new Set(["username", "request", "revservice", "details"])

/** The same value with keys in lower case; remembers how they were written. */
function lowered(value: unknown, names: Map<string, string>, isOurs: boolean): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => lowered(item, names, isOurs))
  if (typeof value !== "object" || value === null || !isOurs) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const low = key.toLowerCase()
      if (low === "devices") return [low, null]
      names.set(low, key)
      return [low, lowered(item, names, !VERBATIM.has(low))]
    }),
  )
}

/** What the other side wants to know, as text. */
export function detailsOf(given: ParsedRequest["revservice"]): ChangeDetails {
  const known = Object.entries(given ?? {}).flatMap(([name, value]) => (value == null ? [] : [[name, String(value)]]))
  return Object.fromEntries(known) as ChangeDetails
}

/**
 * An effective date as an instant: with a zone it is that instant, without one it is the time, or the start of the day, in
 * the account's zone. `null` stays `null`.
 *
 * @throws {CoreError} `input.invalid` for what is no date.
 */
export function effectiveAtOf(given: string | null | undefined, timeZone: string): number | null {
  if (given == null || given === "") return null
  const parts = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.exec(
    given,
  )
  const [, year, month, day, hour = "00", minute = "00", second = "00", zone] = parts ?? []
  const at = zone
    ? Date.parse(
        `${year}-${month}-${day}T${hour}:${minute}:${second}${zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone}`,
      )
    : new TZDate(
        Number(year),
        Number(month) - 1,
        Number(day),
        Number(hour),
        Number(minute),
        Number(second),
        timeZone,
      ).getTime()
  const isDay = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day)
  if (Number.isSafeInteger(at) && isDay && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60) return at
  throw new CoreError("input.invalid", "Cannot read the bulk change: the effective date is no ISO 8601 date", {
    field: "effectiveDate",
  })
}
