import { isJasperError, type JasperError } from "../errors.ts"
import type { Clock } from "../ports.ts"
import { ALREADY_ACTIVATED_CODE } from "../transport/carrier-code.ts"
import type { Caller } from "../transport/caller.ts"
import { type DeviceDetails, isCustomFieldName } from "../wire/device-details.ts"
import type { DeviceEdit, EditReceipt } from "../wire/device-edit.ts"
import { checkEdit, editDevice } from "./edit-device.ts"
import type { EditOutcome, VerifyOptions } from "./edit-outcome.ts"
import { getCycleUsage, getDevice } from "./read-device.ts"

const DEADLINE_MS = 120_000
const INTERVAL_MS = 2_000

/** What came of the write itself. */
type Write =
  | { readonly kind: "answered"; readonly receipt: EditReceipt }
  | { readonly kind: "lost" | "already"; readonly error: JasperError }

/**
 * Sends one edit, once, and reads back until the new values show or the deadline passes. The read-back decides, because
 * the carrier was seen answering 200 and doing nothing, and dropping the answer of a write that took effect.
 *
 * @returns `applied`, `refused` or `unknown`, with the reason.
 * @throws {JasperError} `auth.unauthorized`, and `limit.rate` or `timeout` when the write was never taken: those concern
 * the caller's whole run, not this device.
 */
export async function editAndVerify(
  call: Caller,
  clock: Clock,
  iccid: string,
  fields: DeviceEdit,
  options: VerifyOptions = {},
): Promise<EditOutcome> {
  const { deadlineMs = DEADLINE_MS, intervalMs = INTERVAL_MS, signal } = options
  if (!(deadlineMs >= 0) || !(intervalMs > 0)) {
    throw new RangeError(`Cannot verify the edit: need deadlineMs >= 0 and intervalMs > 0`)
  }
  checkEdit(fields)
  let write: Write
  try {
    write = { kind: "answered", receipt: await editDevice(call, iccid, fields, signal ? { signal } : {}) }
  } catch (error) {
    if (isJasperError(error, "outcome.unknown")) write = { kind: "lost", error }
    else if (isJasperError(error) && error.carrierCode === ALREADY_ACTIVATED_CODE) write = { kind: "already", error }
    else if (isRefusal(error)) return outcome("refused", { error })
    else throw error
  }
  if (write.kind === "answered" && isLater(write.receipt, fields, clock.now())) {
    return outcome("unknown", { reason: "deferred" })
  }
  return readBack(call, clock, iccid, fields, write, { deadlineMs, intervalMs, signal })
}

async function readBack(
  call: Caller,
  clock: Clock,
  iccid: string,
  fields: DeviceEdit,
  write: Write,
  options: { readonly deadlineMs: number; readonly intervalMs: number; readonly signal: AbortSignal | undefined },
): Promise<EditOutcome> {
  const { signal } = options
  const endsAt = clock.now() + options.deadlineMs
  const error = write.kind === "answered" ? undefined : write.error
  const result = { error, details: undefined as DeviceDetails | undefined, reads: 0 }
  let seen = 0
  for (;;) {
    result.reads += 1
    try {
      result.details = await getDevice(call, iccid, readOptions(signal, clock, endsAt))
      if (await matches(call, result.details, fields, readOptions(signal, clock, endsAt))) {
        return outcome("applied", { ...result, error: undefined })
      }
      seen += 1
    } catch (failure) {
      // A failed read says nothing; the next one may. Only a refused login ends it, and the caller's own abort.
      if (!isJasperError(failure) || failure.code === "auth.unauthorized") throw failure
    }
    if (write.kind === "already" && seen > 0) return outcome("refused", result)
    const leftMs = endsAt - clock.now()
    if (leftMs <= 0) break
    await clock.sleep(Math.min(options.intervalMs, leftMs), signal)
  }
  if (seen === 0) return outcome("unknown", { ...result, reason: "read_back_failed" })
  return outcome("unknown", { ...result, reason: write.kind === "answered" ? "silent_no_op_suspected" : "reply_lost" })
}

/** A read may use what is left of the time, and always enough for one attempt. */
function readOptions(signal: AbortSignal | undefined, clock: Clock, endsAt: number): VerifyOptions {
  const deadlineMs = Math.max(1_000, endsAt - clock.now())
  return signal ? { signal, deadlineMs } : { deadlineMs }
}

async function matches(
  call: Caller,
  details: DeviceDetails,
  fields: DeviceEdit,
  options: VerifyOptions,
): Promise<boolean> {
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || name === "effectiveDate" || name === "overageLimitOverride") continue
    if ((valueIn(details, name) ?? "") !== value) return false
  }
  if (fields.overageLimitOverride === undefined) return true
  // The override is not among the details; cycle usage has it.
  const usage = await getCycleUsage(call, details.iccid, options)
  return usage.overageLimitOverride === fields.overageLimitOverride
}

function valueIn(details: DeviceDetails, name: string): string | null | undefined {
  if (isCustomFieldName(name)) return details.custom[name]
  if (name === "ipv4Address") return details.fixedIPAddress
  if (name === "ipv6Address") return details.fixedIpv6Address
  return details[name as "status" | "ratePlan" | "communicationPlan" | "customer" | "deviceID" | "modemID"]
}

/** Accepted for later: nothing can be read back today. */
function isLater(receipt: EditReceipt, fields: DeviceEdit, now: number): boolean {
  if (fields.effectiveDate === undefined) return false
  return receipt.isDeferred || Date.parse(fields.effectiveDate.slice(0, 10)) > now
}

/** A definite no to this edit. Rate, login and connection concern more than this device. */
function isRefusal(error: unknown): error is JasperError {
  return (
    isJasperError(error, "request.invalid") ||
    isJasperError(error, "request.not_found") ||
    isJasperError(error, "auth.forbidden")
  )
}

function outcome(kind: EditOutcome["outcome"], rest: Partial<Omit<EditOutcome, "outcome">>): EditOutcome {
  return { outcome: kind, reason: undefined, error: undefined, details: undefined, reads: 0, ...rest }
}
