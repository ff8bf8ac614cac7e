import type { CallOptions } from "../call-options.ts"
import type { Caller } from "../transport/caller.ts"
import { type CycleUsage, cycleUsageSchema } from "../wire/cycle-usage.ts"
import { type DeviceDetails, deviceDetailsSchema } from "../wire/device-details.ts"
import { checkIccid } from "../wire/iccid.ts"
import { readAnswer } from "../wire/read-answer.ts"

/** Everything the carrier tells about one device. */
export async function getDevice(call: Caller, iccid: string, options: CallOptions = {}): Promise<DeviceDetails> {
  const answer = await call({ method: "GET", path: `/devices/${checkIccid(iccid)}` }, options)
  return readAnswer(deviceDetailsSchema(), answer)
}

/** Usage of one device since the start of the billing cycle. */
export async function getCycleUsage(call: Caller, iccid: string, options: CallOptions = {}): Promise<CycleUsage> {
  const answer = await call({ method: "GET", path: `/devices/${checkIccid(iccid)}/ctdUsages` }, options)
  return readAnswer(cycleUsageSchema(), answer)
}
