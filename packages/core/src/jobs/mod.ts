/** Durable jobs: enqueued with a change, leased, retried, given up with a reason, put back in line. */
export { archiveJobs, type RetentionOptions, type RetentionResult } from "./archive.ts"
export { type JobAttempt, listJobAttempts } from "./attempts.ts"
export { findJob, listDeadJobs, redriveDeadJob, redriveDeadJobs, releaseAllLeases } from "./dead-letters.ts"
export { type DeadMessageFilter, listDeadMessages, replayDeadMessages } from "./dead-messages.ts"
export { enqueueJob, enqueueJobs } from "./enqueue.ts"
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
export { type JobLimit, setJobLimit } from "./limits.ts"
export type {
  DeadMessage,
  MessageHost,
  MessageScope,
  MessageTranslator,
  QueueMessage,
  ReceivedMessages,
} from "./message.ts"
export { countJobsByState, pauseJobs, type PauseScope, resumeJobs } from "./queues.ts"
export { PLATFORM, receiveMessages } from "./receive-messages.ts"
export { retryDelayMs } from "./retry-delay.ts"
export {
  type JobEndedEvent,
  type JobHost,
  type RunDueJobsOptions,
  type RunDueJobsResult,
  runDueJobs,
} from "./run-due-jobs.ts"
export { runDueJobsOfAll, type RunDueJobsOfAllOptions } from "./run-due-jobs-of-all.ts"
export type { JobEnding } from "./run-job.ts"
export { enqueueScheduledJobs, type JobSchedule } from "./schedules.ts"
export type { DeadJobFilter } from "./statements.ts"
