/**
 * One event pushed by an automation rule. Only `timestamp` is covered by the signature: `data` is whatever the sender
 * wrote.
 */
export interface PushEvent {
  readonly eventId: string
  /** Such as `SESSION_STOP` or `CTD_USAGE`; the list is open. */
  readonly eventType: string
  /** As received: the signature covers this text. */
  readonly timestamp: string
  readonly signature2: string
  /** An XML text in the form style, an object in the JSON style. */
  readonly data: unknown
}

/** The fields that every event has. */
const FIELDS = ["eventId", "eventType", "timestamp", "signature2"] as const

/**
 * Reads a pushed body in either style (`application/x-www-form-urlencoded`, `application/json`).
 *
 * @returns undefined when it is no event: answer 400.
 */
export function parsePushEvent(body: string, contentType: string | null): PushEvent | undefined {
  const fields = /json/i.test(contentType ?? "") ? jsonFields(body) : Object.fromEntries(new URLSearchParams(body))
  if (fields === undefined) return undefined
  const texts = FIELDS.map((name) => fields[name])
  if (!texts.every((value): value is string => typeof value === "string" && value !== "")) return undefined
  const [eventId = "", eventType = "", timestamp = "", signature2 = ""] = texts
  return { eventId, eventType, timestamp, signature2, data: fields.data }
}

function jsonFields(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
