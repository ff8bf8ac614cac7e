import { csvLine } from "../../domain/mod.ts"
import type { DeviceChangedEvent } from "../event.ts"

const COLUMNS = [
  "ID",
  "ICCID",
  "MSISDN",
  "RawDataUsage",
  "CurrentDataUsage",
  "RawSMSUsage",
  "CurrentSMSUsage",
  "RawVoiceUsage",
  "CurrentVoiceUsage",
  "BillingCycleStartDate",
  "BillingCycleEndDate",
  "UsageDate",
  "ServiceProviderId",
]

/**
 * The device log of one batch as CSV, UTF-8. The carrier gives one reading per device and billing period, so the raw and
 * the current columns say the same. Data is in bytes, voice in seconds. No byte order mark: programs read it.
 */
export function deviceLogCsv(event: DeviceChangedEvent): string {
  const startsAt = new Date(event.billingPeriodStartsAt).toISOString()
  const endsAt = new Date(event.billingPeriodEndsAt).toISOString()
  const lines = event.devices.map((device) =>
    csvLine([
      device.id,
      device.iccid,
      device.msisdn,
      device.dataBytes,
      device.dataBytes,
      device.smsCount,
      device.smsCount,
      device.voiceSeconds,
      device.voiceSeconds,
      startsAt,
      endsAt,
      device.usageAt === null ? null : new Date(device.usageAt).toISOString(),
      event.serviceProviderId,
    ]),
  )
  return csvLine(COLUMNS) + lines.join("")
}
