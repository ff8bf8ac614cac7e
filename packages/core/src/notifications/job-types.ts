import * as v from "valibot"
import type { JobType } from "../jobs/mod.ts"
import { notificationEvent } from "./event-schema.ts"
import type { NotificationEvent } from "./event.ts"

export interface PublishPayload {
  readonly event: NotificationEvent
}

export interface DeliverPayload {
  readonly deliverer: string
  /** Which of the deliverer's receivers, for example an endpoint; empty where it has one. */
  readonly receiver: string
  readonly event: NotificationEvent
}

const publishPayload: v.GenericSchema<unknown, PublishPayload> = v.object({ event: notificationEvent })
const deliverPayload: v.GenericSchema<unknown, DeliverPayload> = v.object({
  deliverer: v.string(),
  receiver: v.string(),
  event: notificationEvent,
})

/** Splits an event into one delivery for each receiver that wants it. */
export const PUBLISH_NOTIFICATION: JobType<PublishPayload> = {
  type: "notifications.publish",
  queue: "notifications",
  payload: publishPayload,
  maxAttempts: 10,
  retry: { kind: "exponential", baseMs: 1_000, maxMs: 60_000 },
  leaseMs: 60_000,
}

/** Tells one receiver of one event. Given up after some hours: a receiver that comes back late is told by a redrive. */
export const DELIVER_NOTIFICATION: JobType<DeliverPayload> = {
  type: "notifications.deliver",
  queue: "notifications",
  payload: deliverPayload,
  maxAttempts: 20,
  retry: { kind: "exponential", baseMs: 1_000, maxMs: 3_600_000 },
  leaseMs: 120_000,
}
