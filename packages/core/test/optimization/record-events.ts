import type { Deliverer, NotificationEvent } from "../../src/notifications/mod.ts"

/** A deliverer that keeps what it is told. */
export function recordEvents(): { readonly recorder: Deliverer; readonly events: readonly NotificationEvent[] } {
  const events: NotificationEvent[] = []
  const recorder: Deliverer = {
    name: "recorder",
    takes: [
      "sync.summary",
      "sync.failed",
      "communicationPlans.added",
      "optimization.progress",
      "optimization.completed",
      "optimization.planLimit",
      "optimization.alreadyRunning",
      "optimization.shortfall",
      "optimization.unexplained",
    ],
    receiversOf: () => Promise.resolve({ state: "on", receivers: ["test"] }),
    deliver: ({ event }) => {
      events.push(event)
      return Promise.resolve([])
    },
  }
  return { recorder, events }
}
