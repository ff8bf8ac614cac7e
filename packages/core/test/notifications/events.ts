import type {
  DeviceChangedEvent,
  NotificationEvent,
  OptimizationCompletedEvent,
  OptimizationProgressEvent,
  ProviderFacts,
  SessionFacts,
  SyncSummaryEvent,
} from "../../src/notifications/mod.ts"
import { NOW } from "./fixture.ts"

export const PROVIDER: ProviderFacts = {
  serviceProviderId: "p1",
  serviceProviderName: "Our <Jasper> & co",
  integrationType: "Jasper",
}

const SESSION: SessionFacts = {
  ...PROVIDER,
  sessionId: "s1",
  optimizationType: "Carrier",
  billingPeriodId: "bp1",
  billingPeriodStartsAt: Date.UTC(2026, 9, 29),
  billingPeriodEndsAt: Date.UTC(2026, 10, 29),
  deviceCount: 1234,
  customerId: null,
  siteId: null,
}

export const progress = (percent: number, more: Partial<SessionFacts> = {}): OptimizationProgressEvent => ({
  type: "optimization.progress",
  occurredAt: NOW,
  ...SESSION,
  ...more,
  progress: percent,
})

export const completed = (more: Partial<OptimizationCompletedEvent> = {}): OptimizationCompletedEvent => ({
  type: "optimization.completed",
  occurredAt: NOW,
  ...SESSION,
  status: "CompleteWithSuccess",
  moveCount: 7,
  currentCost: "2750000000",
  cost: "2500000000",
  saving: "250000000",
  errorCode: null,
  errorMessage: null,
  ...more,
})

export const summary = (more: Partial<SyncSummaryEvent> = {}): SyncSummaryEvent => ({
  type: "sync.summary",
  occurredAt: NOW,
  ...PROVIDER,
  syncRunId: "run1",
  detailLastSyncDate: Date.UTC(2026, 10, 22, 13, 1, 2),
  detailQueueCount: 20_001,
  detailUpdatedCount: 315,
  usageLastSyncDate: Date.UTC(2026, 10, 22, 13, 3, 4),
  usageQueueCount: 20_002,
  usageUpdatedCount: 18_777,
  deviceCount: 19_999,
  notRefreshedCount: 3,
  newCommunicationPlans: ["New <b>plan</b>"],
  communicationPlansWithoutRatePlans: [],
  ...more,
})

export const deviceChanged = (more: Partial<DeviceChangedEvent> = {}): DeviceChangedEvent => ({
  type: "device.changed",
  occurredAt: NOW,
  ...PROVIDER,
  syncRunId: "run1",
  batch: 1,
  billingPeriodStartsAt: SESSION.billingPeriodStartsAt,
  billingPeriodEndsAt: SESSION.billingPeriodEndsAt,
  devices: [
    {
      id: "d1",
      carrierDeviceId: "8944500000000000017",
      iccid: "8944500000000000017",
      msisdn: "15550100017",
      imei: "490154203237518",
      eid: null,
      status: "active",
      carrierStatus: "ACTIVATED",
      ratePlan: 'Plan "A", 5 MB',
      communicationPlan: "=HYPERLINK(1)",
      dataBytes: 5_242_880,
      smsCount: 2,
      voiceSeconds: null,
      usageAt: Date.UTC(2026, 10, 22, 12, 0, 0),
      changedAt: Date.UTC(2026, 10, 21, 23, 59, 59),
      missingSince: null,
    },
  ],
  ...more,
})

export const others: readonly NotificationEvent[] = [
  {
    type: "sync.failed",
    occurredAt: NOW,
    ...PROVIDER,
    syncRunId: "run2",
    optimizationSessionId: "s1",
    code: "carrier.unavailable",
    message: "The carrier did not answer",
  },
  { type: "communicationPlans.added", occurredAt: NOW, ...PROVIDER, syncRunId: "run1", names: ["New <b>plan</b>"] },
  {
    type: "optimization.planLimit",
    occurredAt: NOW,
    ...SESSION,
    group: "1",
    communicationPlans: ["Comm & plan"],
    ratePlanCount: 16,
    limit: 15,
  },
  {
    type: "optimization.alreadyRunning",
    occurredAt: NOW,
    ...PROVIDER,
    requestId: "message-1",
    runningSessionId: "s0",
  },
  { type: "optimization.shortfall", occurredAt: NOW, ...SESSION, expectedCount: 1_300, assignedCount: 1_234 },
  {
    type: "optimization.unexplained",
    occurredAt: NOW,
    ...SESSION,
    plannedAt: NOW - 1,
    unexplainedCount: 3,
    unexplainedSaving: "4000000",
    predictedSaving: "13700000",
    appliedSaving: "9700000",
  },
  {
    type: "bulkChange.completed",
    occurredAt: NOW,
    bulkChangeId: "b1",
    round: 1,
    changeType: "CarrierRatePlanChange",
    counts: { PROCESSED: 98, API_FAILED: 2 },
    link: "https://app.example/bulk-changes/b1?a=1&b=2",
    code: null,
    message: null,
  },
]
