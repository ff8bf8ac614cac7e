/** Where and how a simulator pushes what happens to its SIMs. */
export interface PushOptions {
  /** Address that the pushes are made out to. */
  readonly url: string
  /** Shared secret that the signature is made with. */
  readonly secret: string
  /** The classic form with XML in `data`, or JSON. @default "form" */
  readonly format?: "form" | "json"
  /** Sends one push; pass `fetch`, or a receiver. A rejection is counted and nothing more: the carrier goes on. */
  readonly deliver: (request: Request) => Promise<unknown>
  /** Every `n`th push is faulty in this way. @default none */
  readonly faults?: {
    readonly duplicateEvery?: number
    readonly badSignatureEvery?: number
    readonly swapEvery?: number
  }
}

/** One event of an automation rule. */
export interface PushEvent {
  readonly eventId: string
  /** `SIM_STATE_CHANGE`, `SIM_RATEPLAN_CHANGE`, and whatever else a carrier may send. */
  readonly eventType: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly data: Readonly<Record<string, string>>
}

/** Sends pushes in order, without holding up the calls that caused them. */
export interface Pusher {
  push(event: PushEvent): void
  /** Settles when everything pushed so far was delivered, or failed to be. */
  flush(): Promise<void>
  /** Pushes whose delivery failed. */
  readonly failed: number
}

const NAMESPACE = "http://api.jasperwireless.com/ws/schema"

/** Starts with an empty queue. */
export function createPusher(options: PushOptions): Pusher {
  const { duplicateEvery = 0, badSignatureEvery = 0, swapEvery = 0 } = options.faults ?? {}
  let queue: Promise<void> = Promise.resolve()
  let pushed = 0
  let failed = 0
  let held: PushEvent | undefined

  function send(event: PushEvent, secret: string): void {
    queue = queue.then(async () => {
      try {
        await options.deliver(await createPushRequest(event, { ...options, secret }))
      } catch {
        failed++
      }
    })
  }

  function release(): void {
    const event = held
    held = undefined
    if (event !== undefined) send(event, options.secret)
  }

  return {
    get failed() {
      return failed
    },
    push(event) {
      pushed++
      if (isNth(pushed, swapEvery) && held === undefined) {
        held = event
        return
      }
      send(event, isNth(pushed, badSignatureEvery) ? `${options.secret} of somebody else` : options.secret)
      if (isNth(pushed, duplicateEvery)) send(event, options.secret)
      release()
    },
    async flush() {
      release()
      await queue
    },
  }
}

/**
 * Makes the request of one push, signed.
 *
 * `signature2` is the base64 of HMAC-SHA256 over the timestamp alone: it proves neither what `data` says nor that the
 * push is new.
 */
export async function createPushRequest(
  event: PushEvent,
  options: Pick<PushOptions, "url" | "secret" | "format">,
): Promise<Request> {
  const timestamp = new Date(event.at).toISOString()
  const fields = {
    eventId: event.eventId,
    eventType: event.eventType,
    timestamp,
    signature2: await signTimestamp(timestamp, options.secret),
  }
  if (options.format === "json") {
    const headers = { "content-type": "application/json" }
    return new Request(options.url, { method: "POST", headers, body: JSON.stringify({ ...fields, data: event.data }) })
  }
  const body = new URLSearchParams({ ...fields, data: xmlOf(event) })
  return new Request(options.url, { method: "POST", body })
}

async function signTimestamp(timestamp: string, secret: string): Promise<string> {
  const encoder = new TextEncoder()
  const algorithm = { name: "HMAC", hash: "SHA-256" }
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"])
  const signature = await crypto.subtle.sign("HMAC", key, encoder.encode(timestamp))
  return btoa(String.fromCharCode(...new Uint8Array(signature)))
}

/** `SIM_STATE_CHANGE` becomes `<SimStateChange>`. */
function xmlOf({ eventType, data }: PushEvent): string {
  const root = eventType
    .split("_")
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join("")
  const children = Object.entries(data).map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`)
  return `<${root} xmlns="${NAMESPACE}">${children.join("")}</${root}>`
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
}

function isNth(count: number, every: number): boolean {
  return every > 0 && count % every === 0
}
