import type { DeviceDetails, DeviceEdit } from "@altaworx/jasper-client"
import { CoreError } from "../../errors/mod.ts"
import type { ChangeIntent, DeviceChange } from "../../ports/mod.ts"
import { carrierStatusOf } from "./status.ts"

/** Where an account keeps the user name. */
export type UsernameField = "deviceID" | "modemID" | `accountCustom${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10}`

/**
 * A change as the fields of one edit.
 *
 * @throws {CoreError} `carrier.refused` for a change that Control Center cannot make. Plans refuse those before.
 */
export function toEdit(change: DeviceChange, usernameField: UsernameField): DeviceEdit {
  switch (change.changeType) {
    case "StatusUpdate":
      return { status: carrierStatusOf(change.status) }
    case "CarrierRatePlanChange":
      return {
        ...(change.ratePlan !== null && { ratePlan: change.ratePlan }),
        ...(change.communicationPlan !== null && { communicationPlan: change.communicationPlan }),
      }
    case "EditUsername":
      return Object.fromEntries(
        Object.entries(change.fields).map(([name, value]) => [name === "username" ? usernameField : name, value]),
      )
    case "ActivateNewService":
    case "Archival":
    case "ChangeIccidImei":
    case "CreateRevService":
    case "CustomerAssignment":
    case "CustomerRatePlanChange":
      throw new CoreError("carrier.refused", `Cannot change the device: Control Center has no ${change.changeType}`)
  }
}

/** Whether a device shows what an edit asked for. */
export function shows(details: DeviceDetails, intent: ChangeIntent, usernameField: UsernameField): boolean {
  return Object.entries(toEdit(intent, usernameField)).every(
    ([name, value]) => (valueOf(details, name) ?? "") === value,
  )
}

/** User name and free fields of a device, by the names of the capabilities. */
export function fieldsOf(details: DeviceDetails, usernameField: UsernameField): Readonly<Record<string, string>> {
  return {
    ...details.custom,
    customer: details.customer ?? "",
    modemID: details.modemID ?? "",
    username: valueOf(details, usernameField) ?? "",
  }
}

function valueOf(details: DeviceDetails, name: string): string | null | undefined {
  if (name in details.custom) return details.custom[name as keyof typeof details.custom]
  return details[name as "status" | "ratePlan" | "communicationPlan" | "customer" | "deviceID" | "modemID"]
}
