import { CoreError } from "../../errors/mod.ts"
import { fromBase64, toBase64 } from "../encoding.ts"

const PREFIX = "whsec_"

/** The text of a signing secret, as receivers are given it. */
export function secretText(bytes: Uint8Array): string {
  return PREFIX + toBase64(bytes)
}

/**
 * Signs a delivery by the Standard Webhooks scheme: HMAC-SHA256 over `id.timestamp.body`, once with each secret, so that a
 * receiver who knows the old or the new one can check it.
 *
 * @param timestamp Seconds since the epoch.
 * @returns The value of the `webhook-signature` header.
 */
export async function signWebhook(
  secrets: readonly string[],
  id: string,
  timestamp: number,
  body: string,
): Promise<string> {
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`)
  const signatures = secrets.map(async (secret) => {
    const signature = await crypto.subtle.sign("HMAC", await keyOf(secret, "sign"), signed)
    return `v1,${toBase64(new Uint8Array(signature))}`
  })
  return (await Promise.all(signatures)).join(" ")
}

/** A delivery as its receiver has it. */
export interface ReceivedWebhook {
  readonly headers: Headers | Readonly<Record<string, string | undefined>>
  /** The body as it came, before anything parsed it. */
  readonly body: string
  /** Whichever may have been used: while a secret is replaced, the old and the new one. */
  readonly secrets: readonly string[]
  /** Epoch milliseconds. */
  readonly now: number
  /** How far the sender's clock may be off, and how old a delivery may be. @default 300000 */
  readonly toleranceMs?: number
}

/**
 * For receivers: whether a delivery was signed with one of the secrets, and lately. Compares in constant time. A delivery
 * can come twice; remember the `webhook-id` of those already seen.
 *
 * @returns The id of the delivery, or `undefined` where it is not to be trusted.
 * @throws {CoreError} `input.invalid`, field `secrets`, for a secret that is none.
 * @example
 * ```ts
 * import { verifyWebhook } from "@altaworx/core/notifications"
 *
 * const id = await verifyWebhook({
 *   headers: {
 *     "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
 *     "webhook-timestamp": "1614265330",
 *     "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
 *   },
 *   body: '{"test": 2432232314}',
 *   secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
 *   now: 1614265330_000,
 * })
 * console.log(id) // "msg_p5jXN8AQM9LWM0D4loKWxJek"
 * ```
 */
export async function verifyWebhook(received: ReceivedWebhook): Promise<string | undefined> {
  const { headers, body, now, toleranceMs = 300_000 } = received
  const header = (name: string) => (headers instanceof Headers ? headers.get(name) : headers[name]) ?? ""
  const [id, timestamp] = [header("webhook-id"), header("webhook-timestamp")]
  const keys = await Promise.all(received.secrets.map((secret) => keyOf(secret, "verify")))
  if (id === "" || !/^\d{1,12}$/.test(timestamp)) return undefined
  if (Math.abs(Number(timestamp) * 1_000 - now) > toleranceMs) return undefined
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`)
  for (const part of header("webhook-signature").split(" ")) {
    const signature = part.startsWith("v1,") ? fromBase64(part.slice(3)) : undefined
    for (const key of signature ? keys : []) {
      // The comparison within is the platform's, in constant time.
      if (signature && (await crypto.subtle.verify("HMAC", key, signature, signed))) return id
    }
  }
  return undefined
}

async function keyOf(secret: string, usage: "sign" | "verify"): Promise<CryptoKey> {
  const bytes = secret.startsWith(PREFIX) ? fromBase64(secret.slice(PREFIX.length)) : undefined
  if (!bytes || bytes.length < 16) {
    throw new CoreError(
      "input.invalid",
      "Cannot use the signing secret: it must be whsec_ and base64 of 16 bytes or more",
      {
        field: "secrets",
      },
    )
  }
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [usage])
}
