import type { DeviceChangedEvent, OptimizationCompletedEvent } from "../event.ts"

/**
 * Where a batch of the device log goes: `<tenant>/device-log/<integration>/<provider>/<UTC time>-<run>-<batch>.csv`. The
 * same event has the same key, so that writing it twice is writing it once.
 */
export function deviceLogKey(tenantId: string, event: DeviceChangedEvent): string {
  const name = `${timeText(event.occurredAt)}-${event.syncRunId}-${String(event.batch).padStart(6, "0")}.csv`
  return pathOf(tenantId, "device-log", event.integrationType, event.serviceProviderId, name)
}

/** Where a report goes: `<tenant>/reports/<integration>/<provider>/<UTC time>-<session>-<name>`. */
export function reportKey(tenantId: string, event: OptimizationCompletedEvent, name: string): string {
  const file = `${timeText(event.occurredAt)}-${event.sessionId}-${name}`
  return pathOf(tenantId, "reports", event.integrationType, event.serviceProviderId, file)
}

/** For example `20261122T130509Z`: 24 hours, UTC, in the order of time. */
function timeText(instant: number): string {
  return new Date(instant).toISOString().replaceAll(/[-:]|\.\d+/g, "")
}

/** Only characters that mean nothing to a store, a shell or a URL; the rest is written as `_` and its code. */
function pathOf(...parts: readonly string[]): string {
  return parts
    .map((part) => part.replaceAll(/[^\w.-]|^\.+$/g, (text) => `_${text.codePointAt(0)?.toString(16) ?? ""}`))
    .join("/")
}
