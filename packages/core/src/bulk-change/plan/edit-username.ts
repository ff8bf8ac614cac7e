import { findDeviceDetails } from "../../inventory/mod.ts"
import { NO_CHANGE, type Refusal } from "./refusals.ts"
import { oneStep, type PlanContext, type PlannedChange, type Planner, unsupported, viaOf } from "./planner.ts"

/** New values by field: `username`, cost centres, and the carrier's free fields. */
export type WishedFields = Readonly<Record<string, string>>

/** Edits of the user name and free fields. */
export const USERNAME_PLANNER: Planner<WishedFields> = {
  changeType: "EditUsername",
  async open(context) {
    const via = viaOf("EditUsername", context)
    const { core, tenantId, serviceProviderId } = context
    return async (devices) => {
      const carrierDeviceIds = devices.flatMap(({ device }) => (device ? [device.carrierDeviceId] : []))
      const details = await findDeviceDetails(core, { tenantId, serviceProviderId, carrierDeviceIds })
      const known = new Map(details.map((row) => [row.carrierDeviceId, row.fields]))
      return devices.map(({ wish, device }) => {
        if (via !== "carrier") return unsupported("EditUsername", context)
        return planFields(context, wish, known.get(device?.carrierDeviceId ?? ""))
      })
    }
  },
}

function planFields(
  { capabilities }: PlanContext,
  wish: WishedFields,
  known: Readonly<Record<string, string>> | undefined,
): PlannedChange | Refusal {
  const { integrationType, editableFields } = capabilities
  const foreign = Object.keys(wish).find((name) => !editableFields.value.includes(name))
  if (foreign !== undefined) {
    const text = `${integrationType} accounts have no field "${foreign}" to edit (${editableFields.source})`
    return { code: "field_unsupported", text }
  }
  // Of a device that was never read alone, nobody knows what its fields hold: all are set.
  const fields = Object.fromEntries(Object.entries(wish).filter(([name, value]) => known?.[name] !== value))
  if (Object.keys(fields).length === 0) return NO_CHANGE
  const before = Object.fromEntries(Object.keys(fields).map((name) => [name, known?.[name] ?? ""]))
  const undo = known ? ({ changeType: "EditUsername", fields: before } as const) : null
  return oneStep(
    { via: "carrier", change: { changeType: "EditUsername", fields }, undo },
    {
      from: known ? before : {},
      to: fields,
      sideEffects: known ? [] : ["Its earlier values are not known, because it was never read alone"],
    },
  )
}
