import * as v from "valibot"
import { CoreError } from "../errors/mod.ts"
import type { Runtime } from "../ports/mod.ts"
import type { Statement } from "../store/mod.ts"
import type { JobRequest } from "./job.ts"
import { insertJob } from "./statements.ts"

/**
 * The statement that adds a job. It goes into the unit of the change that asks for it, so that both happen or neither.
 *
 * @throws {CoreError} `job.payload_invalid` if the payload does not fit the job type, `input.invalid` for a priority
 *   outside 1 to 10. Nothing was written.
 */
export function enqueueJob<P>(runtime: Runtime, request: JobRequest<P>): Statement {
  const priority = request.priority ?? 5
  if (!Number.isInteger(priority) || priority < 1 || priority > 10) {
    throw new CoreError(
      "input.invalid",
      `Cannot enqueue ${request.type.type}: priority must be 1 to 10, got ${priority}`,
      {
        field: "priority",
      },
    )
  }
  const payload = v.safeParse(request.type.payload, request.payload)
  if (!payload.success) {
    throw new CoreError("job.payload_invalid", `Cannot enqueue ${request.type.type}: its payload does not fit`, {
      field: v.getDotPath(payload.issues[0]) ?? "payload",
    })
  }
  const now = runtime.clock.now()
  return insertJob({
    tenantId: request.tenantId,
    id: runtime.newId(),
    queue: request.type.queue,
    type: request.type.type,
    payload: JSON.stringify(payload.output),
    priority,
    runAt: request.runAt ?? now,
    maxAttempts: request.type.maxAttempts,
    dedupeKey: request.dedupeKey ?? null,
    createdAt: now,
  })
}
