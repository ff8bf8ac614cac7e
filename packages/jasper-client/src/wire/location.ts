import * as v from "valibot"
import { flag, iccid, idText, instant, text } from "./field.ts"
import type { CarrierDecimal } from "./rate-plan.ts"

/** One position fix by cell. Coordinates are kept as text: the carrier sends text or numbers. */
export interface Location {
  readonly iccid: string
  /** Epoch milliseconds. */
  readonly dateReceived: number | null
  readonly cellId: string | null
  readonly cellLac: string | null
  readonly servingMcc: string | null
  readonly servingMnc: string | null
  /** Degrees. */
  readonly latitude: CarrierDecimal | null
  readonly longitude: CarrierDecimal | null
  /** Metres, presumably: the carrier does not say. */
  readonly accuracy: CarrierDecimal | null
  readonly city: string | null
  readonly state: string | null
  readonly country: string | null
}

/** One page of location history. */
export interface LocationPage {
  readonly rows: readonly Location[]
  readonly lastPage: boolean | undefined
}

/** The list's key was seen in two spellings. */
export function locationPageSchema(): v.GenericSchema<unknown, LocationPage> {
  const row = v.object({
    iccid: iccid(),
    dateReceived: instant(),
    cellId: idText(),
    cellLac: idText(),
    servingMcc: idText(),
    servingMnc: idText(),
    latitude: idText(),
    longitude: idText(),
    accuracy: idText(),
    city: text(),
    state: text(),
    country: text(),
  })
  const rows = v.nullish(v.array(row), [])
  return v.pipe(
    v.looseObject({ simLocations: rows, simlocations: rows, lastPage: flag() }),
    v.transform(
      (wire): LocationPage => ({
        rows: [...wire.simLocations, ...wire.simlocations],
        lastPage: wire.lastPage ?? undefined,
      }),
    ),
  )
}
