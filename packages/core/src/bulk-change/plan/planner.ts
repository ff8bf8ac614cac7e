import type { Device } from "../../domain/mod.ts"
import type { CarrierCapabilities, ChangeType, CustomerSystem } from "../../ports/mod.ts"
import type { Platform } from "../../store/mod.ts"
import type { PlannedDevice, StepVia } from "../bulk-change-device.ts"
import type { Refusal } from "./refusals.ts"

/** What a plan says of one device that can be changed. */
export type PlannedChange = Pick<PlannedDevice, "from" | "to" | "steps" | "saving" | "isIrreversible" | "sideEffects">

/** A device as it was asked for, and what is wished for it. */
export interface WishedDevice<W> {
  readonly identifier: string
  /** Where it is not the one account of the bulk change. */
  readonly serviceProviderId?: string
  readonly wish: W
}

/** The same, found. Only where the planner makes new devices it may be `undefined`. */
export interface FoundDevice<W> {
  readonly identifier: string
  readonly wish: W
  readonly device: Device | undefined
}

/** What plans work with, for one account. */
export interface PlanContext {
  readonly core: Platform
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly capabilities: CarrierCapabilities
  readonly customerSystem: CustomerSystem | undefined
}

/** Plans some devices of one account: for each, in the order given, what will happen or why nothing does. */
export type DevicePlanner<W> = (devices: readonly FoundDevice<W>[]) => Promise<readonly (PlannedChange | Refusal)[]>

/** How changes of a type are planned. */
export interface Planner<W> {
  readonly changeType: ChangeType
  /** Whether it makes devices that the inventory does not know. */
  readonly makesDevices?: boolean
  /** Called once for each account, so that look-ups which all its devices share are made once. */
  open(context: PlanContext): Promise<DevicePlanner<W>>
}

export function isRefusal(planned: PlannedChange | Refusal): planned is Refusal {
  return "code" in planned
}

/** Who makes changes of a type, or `undefined` where nobody can. */
export function viaOf(changeType: ChangeType, { capabilities, customerSystem }: PlanContext): StepVia | undefined {
  if (capabilities.changeTypes.value.includes(changeType)) return "carrier"
  if (customerSystem?.capabilities.changeTypes.value.includes(changeType)) return "customerSystem"
  return undefined
}

/** Why an account cannot do changes of a type, by name. */
export function unsupported(changeType: ChangeType, { capabilities }: PlanContext): Refusal {
  const { integrationType, changeTypes } = capabilities
  return {
    code: "change_unsupported",
    text: `${integrationType} accounts cannot do ${changeType} (${changeTypes.source}, ${changeTypes.asOf})`,
  }
}

/** A change of one step. */
export function oneStep(
  step: PlannedChange["steps"][number],
  facts: Pick<PlannedChange, "from" | "to"> & Partial<PlannedChange>,
): PlannedChange {
  return { saving: null, sideEffects: [], isIrreversible: step.undo === null, steps: [step], ...facts }
}
