import * as v from "valibot"
import { CoreError } from "../errors/mod.ts"
import type { Runtime } from "../ports/mod.ts"
import type { Statement } from "../store/mod.ts"
import type { JobRequest } from "./job.ts"
import { insertJob, insertParents, type NewJob } from "./statements.ts"

/**
 * The statement that adds a job. It goes into the unit of the change that asks for it, so that both happen or neither.
 *
 * @throws {CoreError} `job.payload_invalid` if the payload does not fit the job type; `input.invalid` for a priority
 *   outside 1 to 10, or a job that waits for others, which takes {@link enqueueJobs}. Nothing was written.
 */
export function enqueueJob<P>(runtime: Runtime, request: JobRequest<P>): Statement {
  if (request.after !== undefined && request.after.length > 0) {
    throw refused(request, "after", "a job that waits for others takes enqueueJobs()")
  }
  return insertJob(newJob(runtime, request))
}

/**
 * The statements that add jobs, those that wait for others too. A parent has to be added before its children, here or in
 * an earlier unit; one that is not there, or is done, is not waited for.
 *
 * @throws {CoreError} As {@link enqueueJob}.
 * @example Report once both halves are done
 * ```ts
 * import { enqueueJobs, type JobType } from "@altaworx/core/jobs"
 * import { testRuntime } from "@altaworx/core/testing"
 * import * as v from "valibot"
 *
 * const job = (type: string): JobType<unknown> => ({
 *   type, queue: "demo", payload: v.unknown(), maxAttempts: 3, leaseMs: 60_000,
 *   retry: { kind: "fixed", baseMs: 1_000, maxMs: 1_000 },
 * })
 * const statements = enqueueJobs(testRuntime({ seed: 1, startAt: 0 }), [
 *   { type: job("half"), tenantId: "t1", id: "a", payload: 1 },
 *   { type: job("half"), tenantId: "t1", id: "b", payload: 2 },
 *   { type: job("report"), tenantId: "t1", payload: {}, after: ["a", "b"] },
 * ])
 * console.log(statements.length) // 5
 * ```
 */
export function enqueueJobs(runtime: Runtime, requests: readonly JobRequest[]): readonly Statement[] {
  return requests.flatMap((request) => {
    const row = newJob(runtime, request)
    return row.after.length === 0 ? [insertJob(row)] : [insertJob(row), ...insertParents(row)]
  })
}

function newJob<P>(runtime: Runtime, request: JobRequest<P>): NewJob {
  const { type, tenantId } = request
  const priority = request.priority ?? 5
  if (!Number.isInteger(priority) || priority < 1 || priority > 10) {
    throw refused(request, "priority", `priority must be 1 to 10, got ${priority}`)
  }
  const now = runtime.clock.now()
  const runAt = request.runAt ?? now
  if (!Number.isSafeInteger(runAt)) throw refused(request, "runAt", "runAt must be whole epoch milliseconds")
  if (request.target === "") throw refused(request, "target", "target must not be empty")
  if (request.lane === "") throw refused(request, "lane", "lane must not be empty")
  const payload = v.safeParse(type.payload, request.payload)
  if (!payload.success) {
    throw new CoreError("job.payload_invalid", `Cannot enqueue ${type.type}: its payload does not fit`, {
      field: v.getDotPath(payload.issues[0]) ?? "payload",
    })
  }
  return {
    tenantId,
    id: request.id ?? runtime.newId(),
    queue: type.queue,
    type: type.type,
    // A payload of nothing is stored as JSON's nothing.
    payload: JSON.stringify(payload.output) ?? "null",
    priority,
    runAt,
    maxAttempts: type.maxAttempts,
    target: request.target ?? null,
    dedupeKey: request.dedupeKey ?? null,
    lane: request.lane ?? null,
    createdAt: now,
    after: request.after ?? [],
  }
}

function refused(request: { readonly type: { readonly type: string } }, field: string, reason: string): CoreError {
  return new CoreError("input.invalid", `Cannot enqueue ${request.type.type}: ${reason}`, { field })
}
