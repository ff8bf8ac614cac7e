import type { Heartbeat, LeaseLoss } from "./heartbeat.ts"
import type { Job, JobHandler } from "./job.ts"
import type { HeldJob } from "./lease-statements.ts"

/** A job that was leased, and how it is held. */
export interface LeasedJob {
  readonly job: Job
  readonly held: HeldJob
  /** Whether jobs wait for its end. */
  readonly hasHeirs: boolean
}

/** A leased job in the hands of its worker. */
export interface ClaimedJob extends LeasedJob {
  readonly handler: JobHandler
  readonly heartbeat: Heartbeat
  /** How many jobs its claim leased. */
  readonly claimSize: number
  /** Whether the lease is lost. */
  readonly lost: LeaseLoss
  /** Aborts when the host stops. */
  readonly stop: AbortSignal | undefined
}
