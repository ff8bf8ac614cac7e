import type { JobState } from "./job.ts"

/** What can happen to a job. */
export type JobEvent = "claim" | "complete" | "retry" | "return" | "lapse" | "bury" | "redrive"

/**
 * Where each event leads from each state; what is not here does nothing. The statements hold it: each names the state it
 * begins in.
 */
export const JOB_TRANSITIONS: Readonly<Record<JobState, Readonly<Partial<Record<JobEvent, JobState>>>>> = {
  ready: { claim: "leased" },
  leased: { complete: "done", retry: "ready", return: "ready", lapse: "ready", bury: "dead" },
  done: {},
  dead: { redrive: "ready" },
}
