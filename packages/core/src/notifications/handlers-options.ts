import type { SealingKey } from "../tenancy/mod.ts"
import type { Deliverer } from "./deliverer.ts"

export interface NotificationHandlersOptions {
  readonly deliverers: readonly Deliverer[]
  /** Opens the settings that tenants keep. */
  readonly sealingKey: SealingKey
}
