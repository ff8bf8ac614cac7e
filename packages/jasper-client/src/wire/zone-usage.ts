import * as v from "valibot"
import { iccid, instant, integer, text } from "./field.ts"

/** Usage of one device in one zone under one version of a rate plan. Services without usage are null. */
export interface ZoneUsageRow {
  readonly ratePlan: string | null
  readonly ratePlanVersion: number | null
  readonly zone: string | null
  /** In `dataUsageUnit`; bytes wherever it was seen. */
  readonly dataUsage: number | null
  readonly dataUsageUnit: string | null
  /** Received. */
  readonly voiceMTUsage: number | null
  readonly voiceMTUsageUnit: string | null
  /** Made. */
  readonly voiceMOUsage: number | null
  readonly voiceMOUsageUnit: string | null
  /** Messages received. */
  readonly smsMTUsage: number | null
  /** Messages sent. */
  readonly smsMOUsage: number | null
}

/** Usage of one device by zone, in one of the last three billing cycles. Figures are from before the invoice. */
export interface ZoneUsage {
  readonly iccid: string
  /** When the carrier answered, epoch milliseconds. */
  readonly answeredAt: number | null
  /** Instants of operator-local midnight: never cut a billing day out of their UTC text. */
  readonly cycleStartDate: number | null
  readonly cycleEndDate: number | null
  readonly rows: readonly ZoneUsageRow[]
}

/** An object keyed `"<plan>, <version>"`; the time stamp and the SMS keys are spelled in two ways each. */
export function zoneUsageSchema(): v.GenericSchema<unknown, ZoneUsage> {
  const row = v.pipe(
    v.looseObject({
      ratePlan: text(),
      ratePlanVersion: integer(),
      zone: text(),
      dataUsage: integer(),
      dataUsageUnit: text(),
      voiceMTUsage: integer(),
      voiceMTUsageUnit: text(),
      voiceMOUsage: integer(),
      voiceMOUsageUnit: text(),
      smsmtusage: integer(),
      smsmousage: integer(),
      SMSMTUsage: integer(),
      SMSMOUsage: integer(),
    }),
    v.transform(
      (wire): ZoneUsageRow => ({
        ratePlan: wire.ratePlan,
        ratePlanVersion: wire.ratePlanVersion,
        zone: wire.zone,
        dataUsage: wire.dataUsage,
        dataUsageUnit: wire.dataUsageUnit,
        voiceMTUsage: wire.voiceMTUsage,
        voiceMTUsageUnit: wire.voiceMTUsageUnit,
        voiceMOUsage: wire.voiceMOUsage,
        voiceMOUsageUnit: wire.voiceMOUsageUnit,
        smsMTUsage: wire.smsmtusage ?? wire.SMSMTUsage,
        smsMOUsage: wire.smsmousage ?? wire.SMSMOUsage,
      }),
    ),
  )
  return v.pipe(
    v.looseObject({
      iccid: iccid(),
      timestamp: instant(),
      timeStamp: instant(),
      cycleStartDate: instant(),
      cycleEndDate: instant(),
      deviceCycleUsageInZones: v.nullish(v.record(v.string(), v.array(row)), {}),
    }),
    v.transform(
      (wire): ZoneUsage => ({
        iccid: wire.iccid,
        answeredAt: wire.timeStamp ?? wire.timestamp,
        cycleStartDate: wire.cycleStartDate,
        cycleEndDate: wire.cycleEndDate,
        rows: Object.values(wire.deviceCycleUsageInZones).flat(),
      }),
    ),
  )
}
