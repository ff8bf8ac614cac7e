import { isCoreError } from "../errors/mod.ts"
import { redact } from "../tenancy/mod.ts"
import type { JobFailure } from "./job.ts"

/** A failure with what decides how a job goes on. */
export interface Failure extends JobFailure {
  readonly field: string | undefined
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
}

/** What may be kept and shown of something that was thrown. */
export function failureOf(error: unknown): Failure {
  if (isCoreError(error)) {
    const { code, message, field, retryable, retryAfterMs } = error
    return { code, message: redact(message), field, retryable, retryAfterMs }
  }
  // Not one of our errors: a defect, so its text may hold anything, and only its kind is kept.
  const kind = error instanceof Error ? error.name : typeof error
  return {
    code: "unexpected",
    message: `Unexpected ${kind}`,
    field: undefined,
    retryable: true,
    retryAfterMs: undefined,
  }
}
