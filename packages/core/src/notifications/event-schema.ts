import * as v from "valibot"
import { CHANGED_DEVICES_AT_ONCE, type NotificationEvent } from "./event.ts"

const text = v.pipe(v.string(), v.minLength(1))
const texts = v.array(v.string())
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const instant = v.pipe(v.number(), v.safeInteger())
const amount = v.pipe(v.string(), v.regex(/^-?\d+$/))
const money = v.nullable(amount)

const happened = { occurredAt: instant }
const provider = { serviceProviderId: text, serviceProviderName: v.string(), integrationType: text }
const session = {
  ...provider,
  ...happened,
  sessionId: text,
  optimizationType: v.picklist(["Carrier", "Customer"]),
  billingPeriodId: v.string(),
  billingPeriodStartsAt: instant,
  billingPeriodEndsAt: instant,
  deviceCount: count,
  customerId: v.nullable(v.string()),
  siteId: v.nullable(v.string()),
}
const device = v.object({
  id: text,
  carrierDeviceId: text,
  iccid: v.string(),
  msisdn: v.nullable(v.string()),
  imei: v.nullable(v.string()),
  eid: v.nullable(v.string()),
  status: v.string(),
  carrierStatus: v.string(),
  ratePlan: v.nullable(v.string()),
  communicationPlan: v.nullable(v.string()),
  dataBytes: v.nullable(count),
  smsCount: v.nullable(count),
  voiceSeconds: v.nullable(count),
  usageAt: v.nullable(instant),
  changedAt: instant,
  missingSince: v.nullable(instant),
})

/** Any event, checked where it enters the outbox. */
export const notificationEvent: v.GenericSchema<unknown, NotificationEvent> = v.variant("type", [
  v.object({
    type: v.literal("sync.summary"),
    ...provider,
    ...happened,
    syncRunId: text,
    detailLastSyncDate: instant,
    detailQueueCount: count,
    detailUpdatedCount: count,
    usageLastSyncDate: instant,
    usageQueueCount: count,
    usageUpdatedCount: count,
    deviceCount: count,
    notRefreshedCount: count,
    newCommunicationPlans: texts,
    communicationPlansWithoutRatePlans: texts,
  }),
  v.object({
    type: v.literal("sync.failed"),
    ...provider,
    ...happened,
    syncRunId: text,
    optimizationSessionId: v.nullable(v.string()),
    code: text,
    message: v.string(),
  }),
  v.object({
    type: v.literal("communicationPlans.added"),
    ...provider,
    ...happened,
    syncRunId: text,
    names: v.pipe(texts, v.minLength(1)),
  }),
  v.object({
    type: v.literal("optimization.progress"),
    ...session,
    progress: v.pipe(count, v.maxValue(100)),
  }),
  v.object({
    type: v.literal("optimization.completed"),
    ...session,
    status: v.picklist(["CompleteWithSuccess", "CompleteWithErrors"]),
    moveCount: count,
    currentCost: money,
    cost: money,
    saving: money,
    errorCode: v.nullable(v.string()),
    errorMessage: v.nullable(v.string()),
  }),
  v.object({
    type: v.literal("optimization.planLimit"),
    ...session,
    group: text,
    communicationPlans: texts,
    ratePlanCount: count,
    limit: count,
  }),
  v.object({
    type: v.literal("optimization.alreadyRunning"),
    ...provider,
    ...happened,
    requestId: text,
    runningSessionId: v.string(),
  }),
  v.object({ type: v.literal("optimization.shortfall"), ...session, expectedCount: count, assignedCount: count }),
  v.object({
    type: v.literal("optimization.unexplained"),
    ...session,
    plannedAt: instant,
    unexplainedCount: count,
    unexplainedSaving: amount,
    predictedSaving: amount,
    appliedSaving: amount,
  }),
  v.object({
    type: v.picklist(["bulkChange.completed", "bulkChange.failed"]),
    ...happened,
    bulkChangeId: text,
    round: v.pipe(count, v.minValue(1)),
    changeType: text,
    counts: v.record(v.string(), count),
    link: v.nullable(v.string()),
    code: v.nullable(v.string()),
    message: v.nullable(v.string()),
  }),
  v.object({
    type: v.literal("device.changed"),
    ...provider,
    ...happened,
    syncRunId: text,
    batch: v.pipe(count, v.minValue(1)),
    billingPeriodStartsAt: instant,
    billingPeriodEndsAt: instant,
    devices: v.pipe(v.array(device), v.minLength(1), v.maxLength(CHANGED_DEVICES_AT_ONCE)),
  }),
])
