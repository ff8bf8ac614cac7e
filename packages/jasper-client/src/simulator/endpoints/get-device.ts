import { ACCOUNT_ID } from "../account.ts"
import { answerJson, type SimulatorAnswer } from "../call.ts"
import { customFieldNames } from "../editable-fields.ts"
import { checkParameters, readProjection } from "../query.ts"
import { formatStyleA } from "../wire-dates.ts"
import { type EndpointCall, findDevice } from "./endpoint.ts"
import { deviceIdentity } from "../device-identity.ts"

const DAY_MS = 86_400_000

/** GET `/devices/{iccid}`: everything the carrier keeps of one SIM but its usage. */
export function getDevice(call: EndpointCall): SimulatorAnswer {
  checkParameters(call.query, [])
  const id = findDevice(call)
  const { fleet, state } = call.carrier
  const record = state.shownRecord(id)
  const { fields } = record
  const dateAdded = Math.min(fleet.dateOf(id), record.dateUpdated) - (400 + fleet.traitOf(id, 300)) * DAY_MS
  const customFields = Object.fromEntries(customFieldNames().map((name) => [name, fields[name] ?? ""]))
  return answerJson(
    200,
    readProjection(call.query)({
      ...deviceIdentity(call.carrier, id),
      status: record.status,
      ratePlan: record.ratePlan,
      communicationPlan: record.communicationPlan,
      customer: fields["customer"] ?? null,
      endConsumerId: null,
      dateActivated: record.dateActivated === null ? null : formatStyleA(record.dateActivated),
      dateAdded: formatStyleA(dateAdded),
      dateUpdated: formatStyleA(record.dateUpdated),
      dateShipped: fleet.traitOf(id, 4) === 0 ? null : formatStyleA(dateAdded + 14 * DAY_MS),
      accountId: ACCOUNT_ID,
      fixedIPAddress: null,
      fixedIpv6Address: null,
      ...customFields,
      simNotes: null,
      [call.carrier.options.modes.euiccIdField]: null,
      deviceID: fields["deviceID"] ?? null,
      modemID: fields["modemID"] ?? null,
      globalSimType: "NONE",
    }),
  )
}
