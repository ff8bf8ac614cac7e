import { CUSTOMERS } from "../account.ts"
import { answerJson, type SimulatorAnswer } from "../call.ts"
import { CarrierError, type CarrierErrorCode } from "../carrier-error.ts"
import { isEditable } from "../editable-fields.ts"
import { parseJsonObject } from "../query.ts"
import { PERMITTED_PLANS, RATE_PLANS } from "../rate-plans.ts"
import { SIM_STATUSES, transitionOutcome } from "../status-transitions.ts"
import { VARIED_PLANS } from "../varied-plans.ts"
import { type EndpointCall, findDevice } from "./endpoint.ts"

const DAY_MS = 86_400_000
const OVERAGE_OVERRIDES = ["DEFAULT", "TEMPORARY_OVERRIDE", "PERMANENT_OVERRIDE"]

/** PUT `/devices/{iccid}`: sets any of the editable fields; answers with the ICCID alone. */
export function editDevice(call: EndpointCall): SimulatorAnswer {
  const id = findDevice(call)
  const { effectiveDate, ...fields } = parseFields(call.body)
  const effectiveAt = readEffectiveAt(effectiveDate, call.now)
  checkFields(fields, call.carrier.options.modes.ratePlans === "varied")
  const { status } = fields
  if (status !== undefined) {
    const outcome = transitionOutcome(
      call.carrier.options.transitions,
      call.carrier.state.trueRecord(id).status,
      status,
    )
    if (outcome !== "ok" && outcome !== "same") throw new CarrierError(outcome)
  }
  const takesEffect = call.carrier.write(id, fields, effectiveAt)
  return answerJson(takesEffect === "now" ? 200 : 202, { iccid: call.subject })
}

function parseFields(body: string): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {}
  for (const [name, value] of Object.entries(parseJsonObject(body))) {
    if (typeof value !== "string") throw new CarrierError("10000023")
    fields[name] = value
  }
  return fields
}

/** When the edit takes effect: `effectiveDate` is a day, at most 180 days ahead. */
function readEffectiveAt(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  const day = /^(\d{4}-\d{2}-\d{2})(?:Z|[+-]00:?00)?$/.exec(text)?.[1]
  const effectiveAt = day === undefined ? Number.NaN : Date.parse(`${day}T00:00:00Z`)
  if (!(effectiveAt <= now + 180 * DAY_MS)) throw new CarrierError("10000012")
  return effectiveAt
}

function checkFields(fields: Readonly<Record<string, string>>, isVaried: boolean): void {
  const names = Object.keys(fields)
  if (names.length === 0) throw new CarrierError("10000011")
  if (!names.every(isEditable)) throw new CarrierError("10000028")
  checkOneOf(fields["status"], SIM_STATUSES, "10000005")
  checkOneOf(
    fields["ratePlan"],
    [...RATE_PLANS, ...(isVaried ? VARIED_PLANS : [])].map((plan) => plan.name),
    "10000013",
  )
  checkOneOf(fields["communicationPlan"], Object.keys(PERMITTED_PLANS), "10000014")
  checkOneOf(
    fields["customer"],
    CUSTOMERS.map((customer) => customer.name),
    "10000015",
  )
  checkOneOf(fields["overageLimitOverride"], OVERAGE_OVERRIDES, "10000016")
}

function checkOneOf(value: string | undefined, known: readonly string[], code: CarrierErrorCode): void {
  if (value !== undefined && !known.includes(value)) throw new CarrierError(code)
}
