import { getBillingPeriod, listDeviceSnapshots } from "../inventory/mod.ts"
import type { JobContext, JobRequest, JobResult } from "../jobs/mod.ts"
import type { NotificationHandlersOptions } from "./handlers-options.ts"
import { CHANGED_DEVICES_AT_ONCE } from "./event.ts"
import { TELL_DEVICES, type TellDevicesPayload } from "./job-types.ts"
import { notify } from "./notify.ts"

/** Which sync to tell of. */
export type TellDevicesRequest = Omit<TellDevicesPayload, "after" | "batch"> & { readonly tenantId: string }

/**
 * What tells others of the devices that a sync changed or read usage of, in batches: a job for the unit that closes the
 * sync. Where no deliverer wants to know, nothing is read.
 *
 * @param request `since`: when the sync began, epoch milliseconds.
 */
export function tellDevices({ tenantId, ...request }: TellDevicesRequest): JobRequest {
  return nextBatch(tenantId, { ...request, after: "", batch: 1 })
}

/** Tells of one page of the provider's devices, and goes on with the next. */
export async function tellDevicesPage(
  payload: TellDevicesPayload,
  context: JobContext,
  { deliverers, sealingKey }: NotificationHandlersOptions,
): Promise<JobResult> {
  const { tenantId } = context
  const platform = { store: context.store, runtime: context.runtime, sealingKey }
  const receivers = await Promise.all(
    deliverers
      .filter(({ takes }) => takes.includes("device.changed"))
      .map((deliverer) => deliverer.receiversOf(platform, tenantId, "device.changed")),
  )
  if (!receivers.some((found) => found.state === "on" && found.receivers.length > 0)) return {}

  const { serviceProviderId, billingPeriodId, since, after, batch, ...facts } = payload
  const limit = CHANGED_DEVICES_AT_ONCE
  const page = await listDeviceSnapshots(context, { tenantId, serviceProviderId, billingPeriodId, after, limit })
  const last = page.at(-1)
  if (!last) return {}
  const period = await getBillingPeriod(context, tenantId, billingPeriodId)
  const devices = page
    .filter(({ changedAt, usageAt, missingSince }) => Math.max(changedAt, usageAt ?? 0, missingSince ?? 0) >= since)
    .map((device) => ({ ...device, voiceSeconds: null }))
  return {
    next: [
      ...(devices.length === 0
        ? []
        : [
            notify(tenantId, {
              type: "device.changed",
              ...facts,
              serviceProviderId,
              batch,
              billingPeriodStartsAt: period.startsAt,
              billingPeriodEndsAt: period.endsAt,
              devices,
            }),
          ]),
      ...(page.length < limit
        ? []
        : [nextBatch(tenantId, { ...payload, after: last.carrierDeviceId, batch: batch + 1 })]),
    ],
  }
}

function nextBatch(tenantId: string, payload: TellDevicesPayload): JobRequest {
  return {
    type: TELL_DEVICES as JobRequest["type"],
    tenantId,
    // One for each page of a sync, however often the page before is delivered.
    id: `notify/devices/${payload.syncRunId}/${payload.batch}`,
    payload,
  }
}
