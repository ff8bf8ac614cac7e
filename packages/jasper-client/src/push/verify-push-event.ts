import { parseCarrierDate } from "../wire/carrier-date.ts"
import type { PushEvent } from "./push-event.ts"

/** What the check needs. */
export interface VerifyPushOptions {
  /** The shared secret of the automation rule. */
  readonly secret: string
  /** The receiver's clock, epoch milliseconds. */
  readonly now: number
  /** How old, or how far ahead, a timestamp may be, milliseconds. @default 300000 */
  readonly toleranceMs?: number
}

/** The answer, and what it is worth. */
export type PushVerdict =
  | { readonly ok: true }
  /** `signature`: not signed with this secret. `timestamp`: not readable. `stale`: outside the tolerance. */
  | { readonly ok: false; readonly reason: "signature" | "timestamp" | "stale" }

const TOLERANCE_MS = 300_000

/**
 * Checks `signature2`, which is `base64(HMAC-SHA256(secret, timestamp))`.
 *
 * What it proves: whoever made this pair of timestamp and signature knew the secret, not long ago. What it does not
 * prove: that `data`, `eventType` or `eventId` are the carrier's, or that the event is new. The signature covers the
 * timestamp alone, so anybody who has seen one event can send other data with it while it is fresh. So: TLS only, a
 * secret URL path, each `eventId` once, and read what matters back through the API before acting on it.
 *
 * @throws {TypeError} If the secret is empty.
 *
 * @example
 * ```ts
 * const event = parsePushEvent(await request.text(), request.headers.get("content-type"))
 * if (event === undefined) return new Response(null, { status: 400 })
 * const verdict = await verifyPushEvent(event, { secret, now: Date.now() })
 * if (!verdict.ok) return new Response(null, { status: 401 })
 * ```
 */
export async function verifyPushEvent(
  event: Pick<PushEvent, "timestamp" | "signature2">,
  options: VerifyPushOptions,
): Promise<PushVerdict> {
  const { secret, now, toleranceMs = TOLERANCE_MS } = options
  if (secret === "") throw new TypeError("Cannot verify the event: the secret is empty")
  const signature = decodeBase64(event.signature2)
  const key = await crypto.subtle.importKey("raw", utf8(secret), { name: "HMAC", hash: "SHA-256" }, false, ["verify"])
  // `verify` compares in constant time.
  const isSigned =
    signature !== undefined && (await crypto.subtle.verify("HMAC", key, signature, utf8(event.timestamp)))
  if (!isSigned) return { ok: false, reason: "signature" }
  const at = parseCarrierDate(event.timestamp)
  if (at === undefined) return { ok: false, reason: "timestamp" }
  return Math.abs(now - at) <= toleranceMs ? { ok: true } : { ok: false, reason: "stale" }
}

/** Signs a timestamp as the carrier does: for tests and simulators. */
export async function signPushTimestamp(timestamp: string, secret: string): Promise<string> {
  const key = await crypto.subtle.importKey("raw", utf8(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8(timestamp)))
  return btoa(String.fromCharCode(...signature))
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
