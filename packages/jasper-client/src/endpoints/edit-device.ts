import type { CallOptions } from "../call-options.ts"
import type { Caller } from "../transport/caller.ts"
import { isCustomFieldName } from "../wire/device-details.ts"
import type { DeviceEdit, EditReceipt } from "../wire/device-edit.ts"
import { checkIccid } from "../wire/iccid.ts"

const EDITABLE = [
  "status",
  "ratePlan",
  "communicationPlan",
  "customer",
  "deviceID",
  "modemID",
  "overageLimitOverride",
  "ipv4Address",
  "ipv6Address",
]

/**
 * Sends one edit, once.
 *
 * @throws {TypeError | RangeError} If there is nothing to edit, a field is unknown or not text. Nothing was sent.
 * @throws {JasperError} `outcome.unknown` when the answer was lost; the refusal when the carrier refused.
 */
export async function editDevice(
  call: Caller,
  iccid: string,
  fields: DeviceEdit,
  options: CallOptions = {},
): Promise<EditReceipt> {
  const body = checkEdit(fields)
  const answer = await call({ method: "PUT", path: `/devices/${checkIccid(iccid)}`, body }, options)
  return { iccid, isDeferred: answer.status === 202 }
}

/** The fields that are set. */
export function checkEdit(fields: DeviceEdit): Readonly<Record<string, string>> {
  const body: Record<string, string> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    if (name !== "effectiveDate" && !EDITABLE.includes(name) && !isCustomFieldName(name)) {
      throw new TypeError(`Cannot edit the device: unknown field ${name}`)
    }
    if (typeof value !== "string") throw new TypeError(`Cannot edit the device: ${name} must be text`)
    body[name] = value
  }
  if (Object.keys(body).every((name) => name === "effectiveDate")) {
    throw new TypeError("Cannot edit the device: no field to edit")
  }
  return body
}
