import { CoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"

/** One request of a deliverer. */
export interface OutboundRequest {
  /** Who is asked, for error messages; never an address, which can hold a token. */
  readonly receiver: string
  readonly url: string
  readonly method?: "POST" | "PUT" | "GET"
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
  /** For the whole answer, milliseconds. */
  readonly timeoutMs: number
}

export interface OutboundReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

// Answers are read for their status and a few fields; more than this is not one of the answers we know.
const MAX_ANSWER_BYTES = 1_000_000

/**
 * Sends a request once and reads its answer.
 *
 * @throws {CoreError} `notification.unavailable` where there was no whole answer; whether the request took effect is then
 *   not known. What was sent and received is in no error: both hold personal data.
 */
export async function exchange(
  { runtime, signal }: Pick<Platform, "runtime"> & { readonly signal: AbortSignal },
  request: OutboundRequest,
): Promise<OutboundReply> {
  const late = new AbortController()
  const over = new AbortController()
  const either = AbortSignal.any([signal, late.signal])
  runtime.clock.sleep(request.timeoutMs, over.signal).then(
    () => late.abort(),
    () => undefined,
  )
  try {
    const response = await orAborted(
      runtime.fetch(request.url, {
        method: request.method ?? "POST",
        headers: request.headers,
        ...(request.body === undefined ? {} : { body: request.body }),
        // A redirect would carry the message, and its signature, to an address nobody has agreed to.
        redirect: "manual",
        signal: either,
      }),
      either,
    )
    const text = await orAborted(readText(response), either)
    return { status: response.status, headers: response.headers, text }
  } catch {
    if (signal.aborted) throw signal.reason
    const reason = late.signal.aborted ? `no answer within ${request.timeoutMs} ms` : "the connection failed"
    throw new CoreError("notification.unavailable", `Cannot tell ${request.receiver}: ${reason}`)
  } finally {
    over.abort()
  }
}

/**
 * Judges an answer by its status.
 *
 * @throws {CoreError} `notification.unavailable` for 408, 425, 429 and 5xx, with the wait that was asked for;
 *   `notification.refused` for anything else but 2xx.
 */
export function requireSuccess(receiver: string, reply: OutboundReply, now: number): void {
  const { status } = reply
  if (status >= 200 && status < 300) return
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const retryAfterMs = retryAfterOf(reply.headers.get("retry-after"), now)
    throw new CoreError(
      "notification.unavailable",
      `Cannot tell ${receiver}: it answered ${status}`,
      retryAfterMs === undefined ? {} : { retryAfterMs },
    )
  }
  const isRedirect = (status >= 300 && status < 400) || status === 0
  throw new CoreError(
    "notification.refused",
    `Cannot tell ${receiver}: it ${isRedirect ? "sent us elsewhere, and redirects are not followed" : `answered ${status}`}`,
  )
}

const LONGEST_RETRY_AFTER_MS = 3_600_000

function retryAfterOf(value: string | null, now: number): number | undefined {
  if (value === null) return undefined
  const ms = /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS)
}

async function readText(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ""
  const decoder = new TextDecoder()
  let text = ""
  for (let size = 0; ; ) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.byteLength
    if (size > MAX_ANSWER_BYTES) {
      await reader.cancel()
      throw new RangeError("The answer is too long")
    }
    text += decoder.decode(value, { stream: true })
  }
}

/** Not every transport stops when its signal aborts. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error)
    if (signal.aborted) return stop()
    signal.addEventListener("abort", stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop))
  })
}
