/** Which provider an event is about, and its words for it. */
export interface ProviderFacts {
  readonly serviceProviderId: string
  readonly serviceProviderName: string
  /** For example `Jasper`. */
  readonly integrationType: string
}

/** Which optimization session an event is about. Instants are epoch milliseconds. */
export interface SessionFacts extends ProviderFacts {
  readonly sessionId: string
  readonly optimizationType: "Carrier" | "Customer"
  readonly billingPeriodId: string
  readonly billingPeriodStartsAt: number
  readonly billingPeriodEndsAt: number
  readonly deviceCount: number
  /** Of a customer optimization. */
  readonly customerId: string | null
  readonly siteId: string | null
}

interface Happened {
  /** Epoch milliseconds. */
  readonly occurredAt: number
}

/** A sync is finalized: the seven values of its summary, and the communication plans that need an operator. */
export interface SyncSummaryEvent extends ProviderFacts, Happened {
  readonly type: "sync.summary"
  readonly syncRunId: string
  readonly detailLastSyncDate: number
  readonly detailQueueCount: number
  readonly detailUpdatedCount: number
  readonly usageLastSyncDate: number
  readonly usageQueueCount: number
  readonly usageUpdatedCount: number
  readonly deviceCount: number
  /** Devices whose rows were still open when the wait was over. */
  readonly notRefreshedCount: number
  readonly newCommunicationPlans: readonly string[]
  readonly communicationPlansWithoutRatePlans: readonly string[]
}

/** A sync, or what follows it, was given up. `message` holds no secrets. */
export interface SyncFailedEvent extends ProviderFacts, Happened {
  readonly type: "sync.failed"
  readonly syncRunId: string
  readonly optimizationSessionId: string | null
  readonly code: string
  readonly message: string
}

/** Communication plans that no rate plans are permitted for yet. */
export interface CommunicationPlansAddedEvent extends ProviderFacts, Happened {
  readonly type: "communicationPlans.added"
  readonly syncRunId: string
  readonly names: readonly string[]
}

/** 0 session created, 20 sync queued, 25 finalized, 30 grouped, 40 queue items built, 50 workers started, then to 100. */
export interface OptimizationProgressEvent extends SessionFacts, Happened {
  readonly type: "optimization.progress"
  /** Whole percent. */
  readonly progress: number
}

/** A session ended. Money in micro-units, as decimal strings; `null` where it ended before there was a result. */
export interface OptimizationCompletedEvent extends SessionFacts, Happened {
  readonly type: "optimization.completed"
  readonly status: "CompleteWithSuccess" | "CompleteWithErrors"
  readonly moveCount: number
  readonly currentCost: string | null
  readonly cost: string | null
  readonly saving: string | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
}

/** A group has more rate plans than the sequences strategy takes. */
export interface OptimizationPlanLimitEvent extends SessionFacts, Happened {
  readonly type: "optimization.planLimit"
  /** Names the group within the session. */
  readonly group: string
  readonly communicationPlans: readonly string[]
  readonly ratePlanCount: number
  readonly limit: number
}

/** A run was asked for by message while the tenant had one running. */
export interface OptimizationAlreadyRunningEvent extends ProviderFacts, Happened {
  readonly type: "optimization.alreadyRunning"
  /** What asked, for example the id of the message: one mail for each. */
  readonly requestId: string
  readonly runningSessionId: string
}

/** Fewer SIMs were loaded than the provider has. */
export interface OptimizationShortfallEvent extends SessionFacts, Happened {
  readonly type: "optimization.shortfall"
  readonly expectedCount: number
  readonly assignedCount: number
}

/**
 * After the changes of a session, SIMs are on other plans than the outcome of their change says. Money in micro-units, as
 * decimal strings: `unexplainedSaving` is what is missing for those SIMs.
 */
export interface OptimizationUnexplainedEvent extends SessionFacts, Happened {
  readonly type: "optimization.unexplained"
  /** When the moves were planned: one alert for each plan. */
  readonly plannedAt: number
  readonly unexplainedCount: number
  readonly unexplainedSaving: string
  readonly predictedSaving: string
  readonly appliedSaving: string
}

/** A bulk change ended, with the counts of its devices by status. */
export interface BulkChangeEndedEvent extends Happened {
  readonly type: "bulkChange.completed" | "bulkChange.failed"
  readonly bulkChangeId: string
  /** Counts from 1; a bulk change whose failed devices are tried again ends once more. */
  readonly round: number
  readonly changeType: string
  /** For example `{ PROCESSED: 98, API_FAILED: 2 }`. */
  readonly counts: Readonly<Record<string, number>>
  /** Where people see it, or `null`. */
  readonly link: string | null
  readonly code: string | null
  readonly message: string | null
}

/** One device as a sync left it. Usage is of the billing period, as the carrier reported it; `null` = not read. */
export interface ChangedDevice {
  readonly id: string
  readonly carrierDeviceId: string
  readonly iccid: string
  readonly msisdn: string | null
  readonly imei: string | null
  readonly eid: string | null
  readonly status: string
  readonly carrierStatus: string
  readonly ratePlan: string | null
  readonly communicationPlan: string | null
  readonly dataBytes: number | null
  readonly smsCount: number | null
  readonly voiceSeconds: number | null
  readonly usageAt: number | null
  readonly changedAt: number
  readonly missingSince: number | null
}

/** The most devices of one `device.changed` event: some hundred kilobytes. */
export const CHANGED_DEVICES_AT_ONCE = 500

/** Some of the devices that a sync read. A sync of many sends several, numbered from 1. */
export interface DeviceChangedEvent extends ProviderFacts, Happened {
  readonly type: "device.changed"
  readonly syncRunId: string
  readonly batch: number
  readonly billingPeriodStartsAt: number
  readonly billingPeriodEndsAt: number
  readonly devices: readonly ChangedDevice[]
}

/** Everything that the platform tells others about. */
export type NotificationEvent =
  | SyncSummaryEvent
  | SyncFailedEvent
  | CommunicationPlansAddedEvent
  | OptimizationProgressEvent
  | OptimizationCompletedEvent
  | OptimizationPlanLimitEvent
  | OptimizationAlreadyRunningEvent
  | OptimizationShortfallEvent
  | OptimizationUnexplainedEvent
  | BulkChangeEndedEvent
  | DeviceChangedEvent

export type NotificationType = NotificationEvent["type"]

export const NOTIFICATION_TYPES: readonly NotificationType[] = [
  "sync.summary",
  "sync.failed",
  "communicationPlans.added",
  "optimization.progress",
  "optimization.completed",
  "optimization.planLimit",
  "optimization.alreadyRunning",
  "optimization.shortfall",
  "optimization.unexplained",
  "bulkChange.completed",
  "bulkChange.failed",
  "device.changed",
]
