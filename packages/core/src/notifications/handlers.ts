import { handleJob, type JobContext, type JobHandler, type JobRequest, type JobResult } from "../jobs/mod.ts"
import type { NotificationHandlersOptions } from "./handlers-options.ts"
import { aggregateOf, eventIdOf } from "./event-keys.ts"
import {
  DELIVER_NOTIFICATION,
  type DeliverPayload,
  PUBLISH_NOTIFICATION,
  type PublishPayload,
  TELL_DEVICES,
} from "./job-types.ts"
import { tellDevicesPage } from "./tell-devices.ts"

/** The handlers of the outbox. */
export function notificationHandlers(options: NotificationHandlersOptions): readonly JobHandler[] {
  return [
    handleJob(PUBLISH_NOTIFICATION, (payload, context) => publish(payload, context, options)),
    handleJob(DELIVER_NOTIFICATION, (payload, context) => deliver(payload, context, options)),
    handleJob(TELL_DEVICES, (payload, context) => tellDevicesPage(payload, context, options)),
  ]
}

async function publish(
  { event }: PublishPayload,
  context: JobContext,
  { deliverers, sealingKey }: NotificationHandlersOptions,
): Promise<JobResult> {
  const next: JobRequest[] = []
  for (const deliverer of deliverers) {
    if (!deliverer.takes.includes(event.type)) continue
    const found = await deliverer.receiversOf({ ...context, sealingKey }, context.tenantId, event.type)
    for (const receiver of found.state === "on" ? found.receivers : []) {
      const target = receiver === "" ? deliverer.name : `${deliverer.name}/${receiver}`
      next.push({
        type: DELIVER_NOTIFICATION as JobRequest["type"],
        tenantId: context.tenantId,
        id: `${target}/${eventIdOf(event)}`,
        payload: { deliverer: deliverer.name, receiver, event },
        target: `notify/${target}`,
        lane: `${target}/${aggregateOf(event)}`,
      })
    }
  }
  return { next }
}

async function deliver(
  { deliverer: name, receiver, event }: DeliverPayload,
  context: JobContext,
  { deliverers, sealingKey }: NotificationHandlersOptions,
): Promise<JobResult> {
  const { store, runtime, tenantId, signal } = context
  const deliverer = deliverers.find((one) => one.name === name)
  const found = (await deliverer?.receiversOf({ store, runtime, sealingKey }, tenantId, event.type)) ?? { state: "off" }
  // Switched off, or the receiver removed, since the event was written: there is nobody to tell.
  if (!deliverer || found.state === "off" || !found.receivers.includes(receiver)) return {}
  const delivery = { store, runtime, sealingKey, tenantId, event, eventId: eventIdOf(event), receiver, signal }
  return { statements: await deliverer.deliver(delivery) }
}
