import type { NotificationEvent } from "./event.ts"

/** What an event is about; events about the same thing reach each deliverer in the order they were written. */
export function aggregateOf(event: NotificationEvent): string {
  switch (event.type) {
    case "sync.summary":
    case "sync.failed":
    case "communicationPlans.added":
    case "optimization.alreadyRunning":
    case "device.changed":
      return `provider/${event.serviceProviderId}`
    case "optimization.progress":
    case "optimization.completed":
    case "optimization.planLimit":
    case "optimization.shortfall":
    case "optimization.unexplained":
      return `session/${event.sessionId}`
    case "bulkChange.completed":
    case "bulkChange.failed":
      return `bulk-change/${event.bulkChangeId}`
  }
}

/**
 * Id of an event: made of what it says, so that an event that is written twice is one event. It is the id that receivers
 * tell a repeated delivery by.
 */
export function eventIdOf(event: NotificationEvent): string {
  const of = (...parts: readonly (string | number)[]) => [event.type, ...parts].join("/")
  switch (event.type) {
    case "sync.summary":
    case "sync.failed":
    case "communicationPlans.added":
      return of(event.syncRunId)
    case "device.changed":
      return of(event.syncRunId, event.batch)
    case "optimization.progress":
      return of(event.sessionId, event.progress)
    case "optimization.completed":
    case "optimization.shortfall":
      return of(event.sessionId)
    case "optimization.unexplained":
      return of(event.sessionId, event.plannedAt)
    case "optimization.planLimit":
      return of(event.sessionId, event.group)
    case "optimization.alreadyRunning":
      return of(event.requestId)
    case "bulkChange.completed":
    case "bulkChange.failed":
      return of(event.bulkChangeId, event.round)
  }
}
