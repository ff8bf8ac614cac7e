import type { Device } from "../../domain/mod.ts"
import type { CarrierStatus, ChangeDetails } from "../../ports/mod.ts"
import type { ChangeStep } from "../bulk-change-device.ts"
import { NO_CHANGE, type Refusal } from "./refusals.ts"
import { fittingPlan } from "./fitting-plan.ts"
import { type PlanContext, type PlannedChange, type Planner, unsupported, viaOf } from "./planner.ts"
import { chargeOf, currentUsage, openCatalogue, type PlanCatalogue } from "./usage.ts"

/** A status that is asked for. */
export interface WishedStatus {
  /** The carrier's word, what its screens call it, or ours; in any case. */
  readonly status: string
  /** Keeps the rate plan when the device is deactivated, as the automated updates want it. */
  readonly keepsRatePlan: boolean
  readonly details?: ChangeDetails
}

/** Status changes; a deactivation goes by way of a fitting rate plan. */
export const STATUS_PLANNER: Planner<WishedStatus> = {
  changeType: "StatusUpdate",
  async open(context) {
    if (viaOf("StatusUpdate", context) !== "carrier") {
      return async (devices) => devices.map(() => unsupported("StatusUpdate", context))
    }
    const catalogue = await openCatalogue(context)
    return async (devices) => {
      const ids = devices.flatMap(({ device }) => (device ? [device.carrierDeviceId] : []))
      const usage = await currentUsage(context, ids)
      return devices.map(({ wish, device }) => {
        const used = usage.get(device?.carrierDeviceId ?? "") ?? 0
        return planStatus(context, catalogue, wish, device as Device, used)
      })
    }
  },
}

function planStatus(
  context: PlanContext,
  catalogue: PlanCatalogue,
  wish: WishedStatus,
  device: Device,
  usedBytes: number,
): PlannedChange | Refusal {
  const { value: statuses, source } = context.capabilities.statuses
  const target = statuses.find((one) => isNamed(one, wish.status))
  if (!target) {
    const names = statuses.map(({ carrierStatus }) => carrierStatus).join(", ")
    return { code: "status_unknown", text: `The carrier has no status "${wish.status}"; it has ${names}` }
  }
  if (device.status === target.status) return NO_CHANGE
  const now = statuses.find(({ status }) => status === device.status)
  if (!now?.changesTo.includes(target.status)) {
    return {
      code: "transition_refused",
      text: `The carrier does not change ${now?.carrierStatus ?? device.status} to ${target.carrierStatus} (${source})`,
    }
  }
  const asked = { changeType: "StatusUpdate", status: target.status } as const
  const statusStep: ChangeStep = {
    via: "carrier",
    change: { ...asked, ...(wish.details && { details: wish.details }) },
    undo: target.changesTo.includes(device.status) ? { ...asked, status: device.status } : null,
  }
  const before = beforeDeactivation(context, catalogue, wish, device, target, usedBytes)
  const ratePlan = before.ratePlan ?? device.carrierRatePlan
  const charge = (status: CarrierStatus, name: string | null) => (status.isBilled ? chargeOf(catalogue, name) : 0)
  const [costBefore, costAfter] = [charge(now, device.carrierRatePlan), charge(target, ratePlan)]
  const isMoved = before.step !== undefined
  return {
    from: { status: device.status, ...(isMoved && { ratePlan: device.carrierRatePlan }) },
    to: { status: target.status, ...(isMoved && { ratePlan }) },
    steps: before.step ? [before.step, statusStep] : [statusStep],
    saving: costBefore === null || costAfter === null ? null : costBefore - costAfter,
    isIrreversible: statusStep.undo === null,
    sideEffects: [
      ...before.sideEffects,
      ...(statusStep.undo === null ? [`Cannot go back from ${target.carrierStatus} to ${now.carrierStatus}`] : []),
    ],
  }
}

function isNamed({ status, carrierStatus, displayName }: CarrierStatus, name: string): boolean {
  const plain = (text: string) =>
    text
      .trim()
      .toLowerCase()
      .replaceAll(/[\s_-]+/g, " ")
  return [status, carrierStatus, displayName].some((known) => plain(known) === plain(name))
}

interface Before {
  readonly step?: ChangeStep
  readonly ratePlan?: string
  readonly sideEffects: readonly string[]
}

function beforeDeactivation(
  { capabilities }: PlanContext,
  catalogue: PlanCatalogue,
  wish: WishedStatus,
  device: Device,
  target: CarrierStatus,
  usedBytes: number,
): Before {
  const isDeactivation = target.status === "deactivated" && capabilities.movesPlanBeforeDeactivation.value
  if (!isDeactivation || device.communicationPlan === null) return { sideEffects: [] }
  if (wish.keepsRatePlan) return { sideEffects: ["Stays on its rate plan, as asked"] }
  const { carrierRatePlan, communicationPlan } = device
  const fitting = fittingPlan(catalogue, { ratePlan: carrierRatePlan, communicationPlan }, usedBytes)
  if (fitting.kind === "stay") return { sideEffects: fitting.reason === null ? [] : [fitting.reason] }
  const to = (ratePlan: string) => ({ changeType: "CarrierRatePlanChange", ratePlan, communicationPlan: null }) as const
  const undo = carrierRatePlan === null ? null : to(carrierRatePlan)
  return {
    step: { via: "carrier", change: to(fitting.ratePlan), undo },
    ratePlan: fitting.ratePlan,
    sideEffects: [
      `Moves to rate plan "${fitting.ratePlan}" first: the cheapest permitted one that covers what it used`,
    ],
  }
}
