import { CoreError } from "../errors/mod.ts"
import type { CarrierCapabilities, ChangeType } from "../ports/mod.ts"

interface ChangeTypeFacts {
  /** Whether the same type, with from and to swapped, takes it back. */
  readonly isReversible: boolean
}

/** The change types this room can process. */
const CHANGE_TYPES: Partial<Readonly<Record<ChangeType, ChangeTypeFacts>>> = {
  CarrierRatePlanChange: { isReversible: true },
}

/** @throws {CoreError} `input.invalid` if we or this carrier cannot do changes of the type. */
export function checkChangeType(changeType: ChangeType, capabilities: CarrierCapabilities): void {
  if (CHANGE_TYPES[changeType] && capabilities.changeTypes.value.includes(changeType)) return
  throw new CoreError(
    "input.invalid",
    `Cannot plan ${changeType}: ${capabilities.integrationType} accounts cannot do it`,
    { field: "changeType" },
  )
}

/** @throws {CoreError} `input.invalid` if nothing takes a change of the type back. */
export function checkReversible(changeType: ChangeType): void {
  if (CHANGE_TYPES[changeType]?.isReversible) return
  throw new CoreError("input.invalid", `Cannot invert ${changeType}: it cannot be taken back`, { field: "changeType" })
}
