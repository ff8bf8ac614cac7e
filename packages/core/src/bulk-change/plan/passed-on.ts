import type { ChangeDetails } from "../../ports/mod.ts"
import { findDeviceDetails, findDevicesByIdentifier } from "../../inventory/mod.ts"
import { type Identifier, kindsOf } from "./identifier.ts"
import { NO_CHANGE, type Refusal } from "./refusals.ts"
import { oneStep, type PlanContext, type PlannedChange, type Planner, unsupported, viaOf } from "./planner.ts"

// Changes that few carriers know; those that do not refuse them in the plan, by capability.

/** A new service for a SIM that the carrier does not have in service yet. */
export interface WishedActivation {
  readonly ratePlan: string
  readonly communicationPlan: string | null
  readonly imei: string | null
  readonly details?: ChangeDetails
}

export const ACTIVATION_PLANNER: Planner<WishedActivation> = {
  changeType: "ActivateNewService",
  makesDevices: true,
  async open(context) {
    const via = viaOf("ActivateNewService", context)
    return async (devices) =>
      devices.map(({ wish, device }) => {
        if (via !== "carrier") return unsupported("ActivateNewService", context)
        if (device?.status === "active") return NO_CHANGE
        const { ratePlan, communicationPlan } = wish
        return oneStep(
          { via, change: { changeType: "ActivateNewService", ...wish }, undo: null },
          {
            from: { status: device?.status ?? null },
            to: { status: "active", ratePlan, communicationPlan },
            sideEffects: ["The carrier begins to bill the service"],
          },
        )
      })
  },
}

/** A service line in the billing of whoever keeps it. */
export interface WishedServiceLine {
  readonly details: ChangeDetails
}

export const SERVICE_LINE_PLANNER: Planner<WishedServiceLine> = {
  changeType: "CreateRevService",
  async open(context) {
    const via = viaOf("CreateRevService", context)
    return async (devices) =>
      devices.map(({ wish }) =>
        via === undefined
          ? unsupported("CreateRevService", context)
          : oneStep(
              { via, change: { changeType: "CreateRevService", details: wish.details }, undo: null },
              { from: {}, to: { ...wish.details }, sideEffects: ["The customer is billed for the service line"] },
            ),
      )
  },
}

/** The new SIM, the new equipment, or both; what is `null` stays. */
export interface WishedSwap {
  readonly iccid: string | null
  readonly imei: string | null
}

export const SWAP_PLANNER: Planner<WishedSwap> = {
  changeType: "ChangeIccidImei",
  async open(context) {
    const via = viaOf("ChangeIccidImei", context)
    const { core, tenantId, serviceProviderId } = context
    return async (devices) => {
      const carrierDeviceIds = devices.flatMap(({ device }) => (device ? [device.carrierDeviceId] : []))
      const details = await findDeviceDetails(core, { tenantId, serviceProviderId, carrierDeviceIds })
      const imeis = new Map(details.map((row) => [row.carrierDeviceId, row.imei]))
      const taken = await takenSims(
        context,
        devices.map(({ wish }) => wish),
      )
      return devices.map(({ wish, device }) => {
        if (via !== "carrier" || !device) return unsupported("ChangeIccidImei", context)
        return planSwap(wish, { iccid: device.iccid, imei: imeis.get(device.carrierDeviceId) }, device.status, taken)
      })
    }
  },
}

function planSwap(
  wish: WishedSwap,
  now: { readonly iccid: string; readonly imei: string | null | undefined },
  status: string,
  taken: ReadonlySet<string>,
): PlannedChange | Refusal {
  if (status !== "active") return { code: "not_permitted", text: `Only active devices are swapped; it is ${status}` }
  const iccid = wish.iccid !== null && wish.iccid.slice(0, 19) !== now.iccid.slice(0, 19) ? wish.iccid : null
  const imei = wish.imei === now.imei ? null : wish.imei
  if (iccid === null && imei === null) return NO_CHANGE
  if (wish.iccid !== null && !isKind(wish.iccid, "iccid")) return invalid("ICCID")
  if (wish.imei !== null && !isKind(wish.imei, "imei")) return invalid("IMEI")
  if (iccid !== null && taken.has(iccid.slice(0, 19))) {
    return { code: "identifier_taken", text: "Another device of the account has the new ICCID" }
  }
  const before = { iccid: iccid === null ? null : now.iccid, imei: imei === null ? null : (now.imei ?? null) }
  const canGoBack = imei === null || (now.imei ?? null) !== null
  const changeType = "ChangeIccidImei"
  return oneStep(
    { via: "carrier", change: { changeType, iccid, imei }, undo: canGoBack ? { changeType, ...before } : null },
    {
      from: {
        ...(iccid !== null && { iccid: now.iccid }),
        ...(imei !== null && now.imei !== undefined && { imei: now.imei }),
      },
      to: { ...(iccid !== null && { iccid }), ...(imei !== null && { imei }) },
      sideEffects: ["The numbers that it had are kept with it"],
    },
  )
}

function isKind(text: string, kind: Identifier["kind"]): boolean {
  return kindsOf(text).some((one) => one.kind === kind)
}

function invalid(name: string): Refusal {
  return { code: "identifier_invalid", text: `The new ${name} is none` }
}

/** New SIMs that other devices of the account have already, by their first 19 digits. */
async function takenSims(
  { core, tenantId, serviceProviderId }: PlanContext,
  wishes: readonly WishedSwap[],
): Promise<ReadonlySet<string>> {
  const identifiers = wishes.flatMap(({ iccid }) =>
    iccid === null ? [] : kindsOf(iccid).filter(({ kind }) => kind === "iccid"),
  )
  if (identifiers.length === 0) return new Set()
  const found = await findDevicesByIdentifier(core, { tenantId, serviceProviderIds: [serviceProviderId], identifiers })
  return new Set(found.map(({ value }) => value))
}
