import * as v from "valibot"
import type { JobType } from "../jobs/mod.ts"
import { notificationEvent } from "./event-schema.ts"
import type { NotificationEvent, ProviderFacts } from "./event.ts"

export interface PublishPayload {
  readonly event: NotificationEvent
}

export interface DeliverPayload {
  readonly deliverer: string
  /** Which of the deliverer's receivers, for example an endpoint; empty where it has one. */
  readonly receiver: string
  readonly event: NotificationEvent
}

export interface TellDevicesPayload extends ProviderFacts {
  readonly syncRunId: string
  readonly billingPeriodId: string
  /** When the sync began, epoch milliseconds: what changed since is told of. */
  readonly since: number
  readonly occurredAt: number
  /** The carrier's identifier of the last device of the batch before. */
  readonly after: string
  /** Counts from 1. */
  readonly batch: number
}

const tellDevicesPayload: v.GenericSchema<unknown, TellDevicesPayload> = v.object({
  serviceProviderId: v.string(),
  serviceProviderName: v.string(),
  integrationType: v.string(),
  syncRunId: v.string(),
  billingPeriodId: v.string(),
  since: v.number(),
  occurredAt: v.number(),
  after: v.string(),
  batch: v.number(),
})
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

/** Tells of one page of the devices that a sync changed. */
export const TELL_DEVICES: JobType<TellDevicesPayload> = {
  type: "notifications.tell-devices",
  queue: "notifications",
  payload: tellDevicesPayload,
  maxAttempts: 20,
  retry: { kind: "exponential", baseMs: 1_000, maxMs: 60_000 },
  leaseMs: 60_000,
}
