import { CoreError } from "../../errors/mod.ts"
import type { Carrier, ChangeCapabilities, CustomerSystem } from "../../ports/mod.ts"
import type { StepVia } from "../bulk-change-device.ts"

/** Who makes changes of an account. */
export interface Systems {
  readonly carrier: Carrier
  readonly customerSystem: CustomerSystem | undefined
}

/** The writing half that carriers and customer systems share. */
export type ChangeSystem = Pick<Carrier, "change" | "readBack"> & { readonly capabilities: ChangeCapabilities }

/** @throws {CoreError} `carrier.refused` where a step was planned for a customer system that is no longer there. */
export function systemOf(systems: Systems, via: StepVia): ChangeSystem {
  if (via === "carrier") return systems.carrier
  if (systems.customerSystem) return systems.customerSystem
  throw new CoreError("carrier.refused", "Cannot go on: the plan needs the customer system, and none is connected")
}
