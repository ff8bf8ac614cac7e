import type { JobFailure, JobResult } from "../jobs/mod.ts"
import type { Platform } from "../store/mod.ts"
import type { SessionPayload } from "./job-types.ts"
import { failSession } from "./statements.ts"

/** Ends a session with its reason, unless it ended before. */
export function endWithErrors(
  core: Platform,
  tenantId: string,
  payload: SessionPayload,
  { code, message }: JobFailure,
): JobResult {
  const key = { tenantId, id: payload.sessionId }
  return { statements: [failSession(key, payload, { code, message, now: core.runtime.clock.now() })] }
}
