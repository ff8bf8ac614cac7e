import { JASPER_FAMILY } from "../domain/mod.ts"
import type { JobContext } from "../jobs/mod.ts"
import type { ServiceProvider } from "../providers/mod.ts"
import type { FinalizePayload } from "./job-types.ts"

/** What finalize does for one kind of carrier account, beside the common step. */
export interface IntegrationRules {
  /** Whether a run that was asked to may start the optimization. */
  readonly startsOptimization: boolean
  /** Whether the activation dates of devices are needed: they are read one by one, and finalize waits for them. */
  readonly needsActivationDates?: (provider: ServiceProvider) => boolean
  /**
   * Brings the inventory into order by the carrier's own rules, before the common step. What it writes goes through
   * `context.unit`, in chunks that are idempotent.
   */
  readonly reconcile?: (run: FinalizePayload, provider: ServiceProvider, context: JobContext) => Promise<void>
}

// Devices of Control Center need nothing of their own: promotion settled them, with their history, before finalize began.
const CONTROL_CENTER: IntegrationRules = {
  startsOptimization: true,
  needsActivationDates: ({ usesProration }) => usesProration,
}
const OTHERS: IntegrationRules = { startsOptimization: false }

/** Rules by integration type; `more` adds those of other carriers, or replaces ours. */
export function rulesFor(integrationType: string, more: Readonly<Record<string, IntegrationRules>>): IntegrationRules {
  if (Object.hasOwn(more, integrationType)) return more[integrationType] as IntegrationRules
  return JASPER_FAMILY.includes(integrationType) ? CONTROL_CENTER : OTHERS
}
