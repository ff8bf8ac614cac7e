import * as v from "valibot"
import type { SimStatus } from "./device-summary.ts"
import { amount, flag, iccid, integer, text } from "./field.ts"

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

/** Cycle-to-date usage. The volume must be there: an answer without it is an error in disguise. */
export function cycleUsageSchema(): v.GenericSchema<unknown, CycleUsage> {
  return v.pipe(
    v.looseObject({
      iccid: iccid(),
      status: text(),
      ratePlan: text(),
      communicationPlan: text(),
      ctdDataUsage: v.pipe(
        integer(),
        v.check((value) => value !== null && value >= 0, "a number of bytes"),
      ),
      ctdSMSUsage: amount(),
      ctdVoiceUsage: amount(),
      ctdSessionCount: integer(),
      overageLimitReached: flag(),
      overageLimitOverride: text(),
    }),
    v.transform(
      (wire): CycleUsage => ({
        iccid: wire.iccid,
        status: wire.status,
        ratePlan: wire.ratePlan,
        communicationPlan: wire.communicationPlan,
        dataBytes: wire.ctdDataUsage ?? 0,
        smsCount: wire.ctdSMSUsage,
        voiceSeconds: wire.ctdVoiceUsage,
        sessionCount: wire.ctdSessionCount,
        overageLimitReached: wire.overageLimitReached,
        overageLimitOverride: wire.overageLimitOverride,
      }),
    ),
  )
}
