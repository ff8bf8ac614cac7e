/** Durable jobs: enqueued with a change, leased, retried, given up with a reason, put back in line. */
export { listDeadJobs, redriveDeadJob, releaseAllLeases } from "./dead-letters.ts"
export { enqueueJob } from "./enqueue.ts"
export {
  type GaveUpContext,
  handleJob,
  type Job,
  type JobContext,
  type JobFailure,
  type JobHandler,
  type JobRequest,
  type JobResult,
  type JobState,
  type JobType,
  type RetryRule,
} from "./job.ts"
export {
  type JobHost,
  type RunDueJobsOptions,
  type RunDueJobsResult,
  retryDelayMs,
  runDueJobs,
} from "./run-due-jobs.ts"
