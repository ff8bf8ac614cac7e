import * as v from "valibot"
import { amount, flag, iccid, text } from "./field.ts"

/** Usage of one device in one zone of one rate plan. A device may have several rows; only devices with usage appear. */
export interface RatePlanUsage {
  readonly iccid: string
  /** Zone name; null when the carrier names none. */
  readonly zone: string | null
  /** Bytes. */
  readonly dataBytes: number
  /** Messages, sent and received. */
  readonly smsCount: number
  /** Seconds, made and received. */
  readonly voiceSeconds: number
}

/** One page of usage by rate plan. */
export interface RatePlanUsagePage {
  readonly rows: readonly RatePlanUsage[]
  readonly lastPage: boolean | undefined
}

/** Zones with their devices; the device's ICCID is under `deviceId`, the key that names the zone is not documented. */
export function ratePlanUsagePageSchema(): v.GenericSchema<unknown, RatePlanUsagePage> {
  const usage = v.looseObject({
    dataUsage: amount(),
    smsMOUsage: amount(),
    smsMTUsage: amount(),
    voiceMOUsage: amount(),
    voiceMTUsage: amount(),
  })
  const none = { dataUsage: 0, smsMOUsage: 0, smsMTUsage: 0, voiceMOUsage: 0, voiceMTUsage: 0 }
  const zone = v.looseObject({
    zone: text(),
    zoneName: text(),
    name: text(),
    devices: v.nullish(v.array(v.looseObject({ deviceId: iccid(), usage: v.nullish(usage, none) })), []),
  })
  return v.pipe(
    v.looseObject({ zones: v.nullish(v.array(zone), []), lastPage: flag() }),
    v.transform(
      (page): RatePlanUsagePage => ({
        lastPage: page.lastPage ?? undefined,
        rows: page.zones.flatMap((part) =>
          part.devices.map(
            (device): RatePlanUsage => ({
              iccid: device.deviceId,
              zone: part.zone ?? part.zoneName ?? part.name,
              dataBytes: device.usage.dataUsage,
              smsCount: device.usage.smsMOUsage + device.usage.smsMTUsage,
              voiceSeconds: device.usage.voiceMOUsage + device.usage.voiceMTUsage,
            }),
          ),
        ),
      }),
    ),
  )
}
