import type { Platform } from "@altaworx/core/store"
import type { Identity } from "@altaworx/core/tenancy"

/** What the app needs of the core. `createCore` gives more. */
export type AppCore = Platform

/** What handlers find in their context. */
export interface AppEnv {
  Variables: {
    requestId: string
    /** Who is calling; set on every route under `/v1`. */
    identity: Identity
  }
}
