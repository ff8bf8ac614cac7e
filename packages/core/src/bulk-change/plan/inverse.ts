import type { BulkChangeDevice, ChangeStep } from "../bulk-change-device.ts"
import { currentDevices } from "./current-values.ts"
import { type Refusal, staleRefusalOf } from "./refusals.ts"
import { isRefusal, type PlanContext, type PlannedChange, type Planner, unsupported } from "./planner.ts"

/** What a made change of one device was. */
export type MadeChange = Pick<BulkChangeDevice, "from" | "to" | "steps" | "saving" | "isIrreversible">

/**
 * Plans what takes changes back: from and to swapped, their steps undone from the last to the first. What an account cannot
 * do by now is refused, whatever the others of the bulk change can.
 */
export function inversePlanner(changeType: Planner<MadeChange>["changeType"]): Planner<MadeChange> {
  return {
    changeType,
    async open(context) {
      const { core, tenantId, serviceProviderId } = context
      return async (devices) => {
        const ids = devices.flatMap(({ device }) => (device ? [device.carrierDeviceId] : []))
        const names = new Set(devices.flatMap(({ wish }) => Object.keys(wish.to)))
        const current = await currentDevices(core, { tenantId, serviceProviderId }, ids, names)
        return devices.map(({ wish, device }) => {
          const inverse = inverseOf(wish)
          if (isRefusal(inverse)) return inverse
          const now = current.get(device?.carrierDeviceId ?? "")?.values ?? {}
          return staleRefusalOf(inverse.from, now) ?? cannotMake(context, inverse) ?? inverse
        })
      }
    },
  }
}

/** Why nobody makes a step of the inverse, or `undefined` where all can be made. */
function cannotMake(context: PlanContext, { steps, from }: PlannedChange): Refusal | undefined {
  for (const step of steps) {
    const refusal = cannotMakeStep(context, step, from["status"])
    if (refusal) return refusal
  }
  return undefined
}

function cannotMakeStep(context: PlanContext, { via, change }: ChangeStep, now: unknown): Refusal | undefined {
  if (via === "inventory") return undefined
  const { capabilities, customerSystem } = context
  const system = via === "carrier" ? capabilities : customerSystem?.capabilities
  if (!system?.changeTypes.value.includes(change.changeType)) return unsupported(change.changeType, context)
  if (change.changeType === "StatusUpdate") {
    const { value: statuses, source } = capabilities.statuses
    if (statuses.find(({ status }) => status === now)?.changesTo.includes(change.status)) return undefined
    const text = `The carrier does not change ${String(now)} to ${change.status} (${source})`
    return { code: "transition_refused", text }
  }
  return undefined
}

function inverseOf({ from, to, steps, saving, isIrreversible }: MadeChange): ReturnType<typeof refuse> | PlannedChange {
  const undone: PlannedChange["steps"][number][] = []
  for (const { via, change, undo } of steps.toReversed()) {
    if (undo) undone.push({ via, change: undo, undo: change })
  }
  if (isIrreversible || undone.length < steps.length) return refuse()
  const cost = saving === null ? null : -saving
  return { from: to, to: from, steps: undone, saving: cost, isIrreversible: false, sideEffects: [] }
}

const refuse = () => ({ code: "not_reversible", text: "Nothing takes this change back" }) as const
