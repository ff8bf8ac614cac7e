import type { BulkChangeDevice } from "../bulk-change-device.ts"
import { currentDevices } from "../current-values.ts"
import { staleRefusalOf } from "../refusals.ts"
import { isRefusal, type PlannedChange, type Planner } from "./planner.ts"

/** What a made change of one device was. */
export type MadeChange = Pick<BulkChangeDevice, "from" | "to" | "steps" | "saving" | "isIrreversible">

/** Plans what takes changes back: from and to swapped, their steps undone from the last to the first. */
export function inversePlanner(changeType: Planner<MadeChange>["changeType"]): Planner<MadeChange> {
  return {
    changeType,
    async open({ core, tenantId, serviceProviderId }) {
      return async (devices) => {
        const ids = devices.flatMap(({ device }) => (device ? [device.carrierDeviceId] : []))
        const names = new Set(devices.flatMap(({ wish }) => Object.keys(wish.to)))
        const current = await currentDevices(core, { tenantId, serviceProviderId }, ids, names)
        return devices.map(({ wish, device }) => {
          const inverse = inverseOf(wish)
          if (isRefusal(inverse)) return inverse
          const now = current.get(device?.carrierDeviceId ?? "")?.values ?? {}
          return staleRefusalOf(inverse.from, now) ?? inverse
        })
      }
    },
  }
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
