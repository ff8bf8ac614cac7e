import type { ChangeType } from "../../ports/mod.ts"
import type { DeviceFileField, DeviceFileRow } from "./device-file.ts"

type Values = DeviceFileRow["values"]

/** What a request of each type calls the fields of a file: the part, and the name within it. */
const PARTS: Readonly<
  Partial<Record<ChangeType, readonly [part: string, names: Readonly<Partial<Record<DeviceFileField, string>>>]>>
> = {
  StatusUpdate: ["statusupdate", { status: "updatestatus" }],
  CarrierRatePlanChange: [
    "carrierrateplanupdate",
    { carrierRatePlan: "carrierrateplan", communicationPlan: "commplan" },
  ],
  CustomerRatePlanChange: [
    "customerrateplanupdate",
    {
      customerRatePlan: "customerrateplanid",
      customerRatePool: "customerpoolid",
      customerDataAllocationMB: "customerdataallocationmb",
    },
  ],
  CustomerAssignment: ["customerassignment", { customer: "customerid", site: "siteid" }],
  EditUsername: ["username", { userName: "username" }],
  ActivateNewService: [
    "activation",
    { carrierRatePlan: "carrierrateplan", communicationPlan: "commplan", imei: "imei" },
  ],
}

/** The request for one line of a file: what is said for all devices, and over it what the line says. */
export function lineRequest(changeType: ChangeType, request: object, values: Values): object {
  if (changeType === "ChangeIccidImei") {
    const one = (value: string | undefined) => (value === undefined ? null : [value])
    return { ...request, identifierchange: { newiccids: one(values.newIccid), newimeis: one(values.newImei) } }
  }
  const [part, names] = PARTS[changeType] ?? []
  if (part === undefined || names === undefined) return request
  const said = Object.entries(names).flatMap(([field, name]) => {
    const value = values[field as DeviceFileField]
    return value === undefined ? [] : [[name, value] as const]
  })
  if (said.length === 0) return request
  const forAll = (request as Readonly<Record<string, object | null>>)[part]
  return { ...request, [part]: { ...forAll, ...Object.fromEntries(said) } }
}
