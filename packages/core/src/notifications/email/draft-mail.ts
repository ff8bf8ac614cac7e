import { csvLine, formatMoney } from "../../domain/mod.ts"
import type { NotificationEvent, NotificationType, OptimizationCompletedEvent, SyncSummaryEvent } from "../event.ts"
import type { MailAttachment } from "./mail.ts"
import type { MailDraft } from "./render-mail.ts"

/** Events that mails are written of. */
export type MailedEvent = Exclude<NotificationEvent, { type: "optimization.progress" | "device.changed" }>

export const MAILED_TYPES: readonly (MailedEvent["type"] & NotificationType)[] = [
  "sync.summary",
  "sync.failed",
  "communicationPlans.added",
  "optimization.completed",
  "optimization.planLimit",
  "optimization.alreadyRunning",
  "optimization.shortfall",
  "optimization.unexplained",
  "bulkChange.completed",
  "bulkChange.failed",
]

/** What a mail says of an event. Instants are in UTC. */
export function draftMail(event: MailedEvent): MailDraft {
  switch (event.type) {
    case "sync.summary":
      return syncSummary(event)
    case "sync.failed":
      return {
        subject: `${event.integrationType} device sync failed: ${event.serviceProviderName}`,
        paragraphs: [
          `The device sync of ${event.serviceProviderName} ended with an error.`,
          ...(event.optimizationSessionId === null ? [] : ["The optimization that waited for it was ended too."]),
        ],
        facts: [
          ["Sync", event.syncRunId],
          ...(event.optimizationSessionId === null ? [] : [["Session", event.optimizationSessionId] as const]),
          ["Code", event.code],
          ["Reason", event.message],
        ],
      }
    case "communicationPlans.added":
      return {
        subject: `New ${event.integrationType} communication plans: ${event.serviceProviderName}`,
        paragraphs: [
          `The device sync of ${event.serviceProviderName} found communication plans that are new.`,
          "Please associate them with rate plans: until then their SIMs are not optimized.",
        ],
        list: { title: "New communication plans", items: event.names },
      }
    case "optimization.completed":
      return optimizationCompleted(event)
    case "optimization.planLimit":
      return {
        subject: `${event.integrationType} optimization: more than ${event.limit} rate plans in a group`,
        paragraphs: [
          `A group of communication plans of ${event.serviceProviderName} permits ${event.ratePlanCount} rate plans, more than the ${event.limit} that sequences of plans are tried for.`,
          "The group is optimized without sequences. Fewer permitted rate plans bring them back.",
        ],
        facts: [
          ["Session", event.sessionId],
          ["Group", event.group],
          ["Rate plans", event.ratePlanCount],
          ["Limit", event.limit],
        ],
        list: { title: "Communication plans of the group", items: event.communicationPlans },
      }
    case "optimization.alreadyRunning":
      return {
        subject: `${event.integrationType} optimization is already running: ${event.serviceProviderName}`,
        paragraphs: [
          `An optimization of ${event.serviceProviderName} was asked for while one was running. It was not started.`,
        ],
        facts: [
          ["Running session", event.runningSessionId],
          ["Request", event.requestId],
        ],
      }
    case "optimization.shortfall":
      return {
        subject: `${event.integrationType} optimization has fewer SIMs than expected: ${event.serviceProviderName}`,
        paragraphs: [`Some SIMs of ${event.serviceProviderName} are not in the optimization. Its report says which.`],
        facts: [
          ["Session", event.sessionId],
          ["Expected SIMs", event.expectedCount],
          ["Assigned SIMs", event.assignedCount],
          ["Missing", event.expectedCount - event.assignedCount],
        ],
      }
    case "optimization.unexplained":
      return {
        subject: `${event.integrationType} optimization: an unexplained difference at ${event.serviceProviderName}`,
        paragraphs: [
          "The changes of an optimization have ended, and some SIMs are on other rate plans than the outcome of their change says. Somebody else moved them, or the carrier did.",
          "Please sync the account and look at these SIMs in the report of the session. No other optimization waits for it.",
        ],
        facts: [
          ["Session", event.sessionId],
          ["SIMs", event.unexplainedCount],
          ["Saving that was predicted", money(event.predictedSaving)],
          ["Saving as read back", money(event.appliedSaving)],
          ["Missing without explanation", money(event.unexplainedSaving)],
        ],
      }
    case "bulkChange.completed":
    case "bulkChange.failed":
      return {
        subject: `Bulk change ${event.type === "bulkChange.completed" ? "completed" : "failed"}: ${event.changeType}`,
        paragraphs: [
          event.type === "bulkChange.completed" ? "A bulk change has ended." : "A bulk change has ended with an error.",
        ],
        facts: [
          ["Bulk change", event.bulkChangeId],
          ["Change type", event.changeType],
          ...Object.entries(event.counts).map(([status, count]) => [status, count] as const),
          ...(event.code === null ? [] : [["Code", event.code] as const]),
          ...(event.message === null ? [] : [["Reason", event.message] as const]),
        ],
        ...(event.link === null ? {} : { link: { text: "See its devices", url: event.link } }),
      }
  }
}

function syncSummary(event: SyncSummaryEvent): MailDraft {
  return {
    subject: `${event.integrationType} device sync summary: ${event.serviceProviderName}`,
    paragraphs: [
      `The device sync of ${event.serviceProviderName} is complete. The attached file has the same values.`,
      ...(event.notRefreshedCount === 0
        ? []
        : [`${event.notRefreshedCount} devices were not refreshed: the wait for them was over.`]),
    ],
    facts: [
      ["Device details last synced", timeText(event.detailLastSyncDate)],
      ["Device details queued", event.detailQueueCount],
      ["Device details updated", event.detailUpdatedCount],
      ["Usage last synced", timeText(event.usageLastSyncDate)],
      ["Usage queued", event.usageQueueCount],
      ["Usage updated", event.usageUpdatedCount],
      ["Devices", event.deviceCount],
    ],
    ...(event.communicationPlansWithoutRatePlans.length === 0
      ? {}
      : {
          list: {
            title: "Communication plans without rate plans; their SIMs are not optimized",
            items: event.communicationPlansWithoutRatePlans,
          },
        }),
  }
}

function optimizationCompleted(event: OptimizationCompletedEvent): MailDraft {
  const facts: [string, string | number][] = [
    ["Session", event.sessionId],
    ["Billing period", `${timeText(event.billingPeriodStartsAt)} to ${timeText(event.billingPeriodEndsAt)}`],
    ["SIMs", event.deviceCount],
  ]
  if (event.status === "CompleteWithErrors") {
    return {
      subject: `${event.integrationType} optimization ended with errors: ${event.serviceProviderName}`,
      paragraphs: [`The optimization of ${event.serviceProviderName} ended without a result.`],
      facts: [...facts, ["Code", event.errorCode ?? "unknown"], ["Reason", event.errorMessage ?? "unknown"]],
    }
  }
  return {
    subject: `${event.integrationType} optimization result: ${event.serviceProviderName}`,
    paragraphs: [`The optimization of ${event.serviceProviderName} is complete.`],
    facts: [
      ...facts,
      ["Moves", event.moveCount],
      ["Cost now", money(event.currentCost)],
      ["Cost after", money(event.cost)],
      ["Saving", money(event.saving)],
    ],
  }
}

function money(micro: string | null): string {
  return micro === null ? "unknown" : formatMoney(BigInt(micro))
}

/** The summary's values for a spreadsheet: with a byte order mark, or one of them reads names in the wrong alphabet. */
export function summaryAttachment(event: SyncSummaryEvent): MailAttachment {
  const names = [
    "ServiceProvider",
    "DetailLastSyncDate",
    "DetailQueueCount",
    "DetailUpdatedCount",
    "UsageLastSyncDate",
    "UsageQueueCount",
    "UsageUpdatedCount",
    "DeviceCount",
    "NotRefreshedCount",
  ]
  const values = [
    event.serviceProviderName,
    new Date(event.detailLastSyncDate).toISOString(),
    event.detailQueueCount,
    event.detailUpdatedCount,
    new Date(event.usageLastSyncDate).toISOString(),
    event.usageQueueCount,
    event.usageUpdatedCount,
    event.deviceCount,
    event.notRefreshedCount,
  ]
  return {
    name: `sync-summary-${timeText(event.occurredAt).replaceAll(/\D+/g, "")}.csv`,
    contentType: "text/csv; charset=utf-8",
    body: new TextEncoder().encode(`\uFEFF${csvLine(names)}${csvLine(values)}`),
  }
}

/** For example `2026-11-22 13:05:09 UTC`. */
function timeText(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace("T", " ")} UTC`
}
