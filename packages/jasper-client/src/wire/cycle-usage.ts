import type { SimStatus } from "./device-summary.ts"

/** Usage since the start of the billing cycle. The answer carries no instant and no cycle dates. */
export interface CycleUsage {
  readonly iccid: string
  readonly status: SimStatus | null
  readonly ratePlan: string | null
  readonly communicationPlan: string | null
  /** Bytes. */
  readonly dataBytes: number
  /** Messages, sent and received. */
  readonly smsCount: number
  /** Seconds, made and received. */
  readonly voiceSeconds: number
  /** Data sessions. */
  readonly sessionCount: number | null
  readonly overageLimitReached: boolean | null
  readonly overageLimitOverride: string | null
}
