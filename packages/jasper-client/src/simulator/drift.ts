import type { DriftPlan } from "./fault-plan.ts"
import type { DeviceRecord } from "./device-record.ts"
import { hash32, hashBelow } from "./hash.ts"

/** One change by somebody else. */
export interface DriftStep {
  readonly step: number
  /** It happens when this many searches have been answered. */
  readonly afterSearchCall: number
  readonly id: number
  /** Whether the status changes; otherwise a field that no plan depends on. */
  readonly changesStatus: boolean
}

const STREAM = { call: 900, id: 901 } as const
/** Every so manyth change is one of status. */
const STATUS_EVERY = 6

/** Draws the changes of a plan, in the order in which they happen. */
export function planDrift(seed: number, devices: number, plan: DriftPlan | undefined): readonly DriftStep[] {
  if (plan === undefined || devices === 0) return []
  const span = plan.overSearchCalls / plan.changes
  return Array.from({ length: plan.changes }, (_, step) => ({
    step,
    afterSearchCall: 1 + Math.floor((step + hash32(seed, STREAM.call, step) / 0x1_0000_0000) * span),
    id: hashBelow(seed, STREAM.id, step, devices),
    changesStatus: step % STATUS_EVERY === STATUS_EVERY - 1,
  }))
}

/** What a drift step sets, given what the SIM is at that moment. */
export function driftFields(step: DriftStep, record: DeviceRecord): Readonly<Record<string, string>> {
  if (!step.changesStatus) return { accountCustom10: `checked ${step.step + 1}` }
  return { status: record.status === "ACTIVATED" ? "DEACTIVATED" : "ACTIVATED" }
}
