import * as v from "valibot"
import { CoreError } from "../errors/mod.ts"
import type { JobRequest } from "../jobs/mod.ts"
import { aggregateOf, eventIdOf } from "./event-keys.ts"
import { notificationEvent } from "./event-schema.ts"
import type { NotificationEvent } from "./event.ts"
import { PUBLISH_NOTIFICATION } from "./job-types.ts"

/**
 * What tells others of an event: a job for the unit of the change that the event is about, so that both are written or
 * neither is. Nobody is asked on the way; who is told, and whether anyone is, is decided when the job runs.
 *
 * An event that is written twice is sent once: its id follows from what it says. Events about one session, provider or
 * bulk change reach each deliverer in the order in which they were written.
 *
 * @throws {CoreError} `input.invalid` with the field, for an event that is not in its shape. Nothing was written.
 * @example From a job's handler, and in a unit
 * ```ts
 * import { enqueueJob } from "@altaworx/core/jobs"
 * import { notify } from "@altaworx/core/notifications"
 * import { testRuntime } from "@altaworx/core/testing"
 *
 * const told = notify("t1", {
 *   type: "bulkChange.completed",
 *   occurredAt: Date.UTC(2026, 0, 1),
 *   bulkChangeId: "b1",
 *   round: 1,
 *   changeType: "CarrierRatePlanChange",
 *   counts: { PROCESSED: 98, API_FAILED: 2 },
 *   link: null,
 *   code: null,
 *   message: null,
 * })
 * const result = { statements: [], next: [told] } // what a handler returns
 * const statement = enqueueJob(testRuntime({ seed: 1, startAt: 0 }), told) // what goes into store.unit()
 * console.log(result.next[0]?.id) // "notify/bulkChange.completed/b1/1"
 * ```
 */
export function notify(tenantId: string, event: NotificationEvent): JobRequest {
  const checked = v.safeParse(notificationEvent, event)
  if (!checked.success) {
    throw new CoreError("input.invalid", `Cannot notify of ${event.type}: it is not in its shape`, {
      field: v.getDotPath(checked.issues[0]) ?? "event",
    })
  }
  return {
    type: PUBLISH_NOTIFICATION as JobRequest["type"],
    tenantId,
    id: `notify/${eventIdOf(checked.output)}`,
    payload: { event: checked.output },
    lane: `notify/${aggregateOf(checked.output)}`,
  }
}
