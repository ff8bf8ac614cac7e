import { answerJson, type SimulatorAnswer } from "../call.ts"
import { CarrierError, type CarrierErrorCode } from "../carrier-error.ts"
import { isEditable } from "../editable-fields.ts"
import { PERMITTED_PLANS, RATE_PLANS } from "../rate-plans.ts"
import { DEFAULT_TRANSITIONS, SIM_STATUSES, transitionOutcome } from "../status-transitions.ts"
import { type EndpointCall, findDevice } from "./endpoint.ts"

const OVERAGE_OVERRIDES = ["DEFAULT", "TEMPORARY_OVERRIDE", "PERMANENT_OVERRIDE"]

/** PUT `/devices/{iccid}`: sets any of the editable fields; answers with the ICCID alone. */
export function editDevice(call: EndpointCall): SimulatorAnswer {
  const id = findDevice(call)
  const fields = parseFields(call.body)
  checkFields(fields)
  const { status } = fields
  if (status !== undefined) {
    const outcome = transitionOutcome(DEFAULT_TRANSITIONS, call.carrier.state.trueRecord(id).status, status)
    if (outcome !== "ok" && outcome !== "same") throw new CarrierError(outcome)
  }
  call.carrier.write(id, fields, call.now)
  return answerJson(200, { iccid: call.subject })
}

function parseFields(body: string): Readonly<Record<string, string>> {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    throw new CarrierError("10000023")
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw new CarrierError("10000023")
  const fields: Record<string, string> = {}
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value !== "string") throw new CarrierError("10000023")
    fields[name] = value
  }
  return fields
}

function checkFields(fields: Readonly<Record<string, string>>): void {
  const names = Object.keys(fields)
  if (names.length === 0) throw new CarrierError("10000011")
  if (!names.every(isEditable)) throw new CarrierError("10000028")
  checkOneOf(fields["status"], SIM_STATUSES, "10000005")
  checkOneOf(
    fields["ratePlan"],
    RATE_PLANS.map((plan) => plan.name),
    "10000013",
  )
  checkOneOf(fields["communicationPlan"], Object.keys(PERMITTED_PLANS), "10000014")
  checkOneOf(fields["overageLimitOverride"], OVERAGE_OVERRIDES, "10000016")
}

function checkOneOf(value: string | undefined, known: readonly string[], code: CarrierErrorCode): void {
  if (value !== undefined && !known.includes(value)) throw new CarrierError(code)
}
