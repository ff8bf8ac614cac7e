import type { SimulatorAnswer, SimulatorCall } from "./call.ts"

/** A web Request as a call. */
export async function callOf(request: Request): Promise<SimulatorCall> {
  const url = new URL(request.url)
  return {
    method: request.method,
    path: url.pathname,
    query: url.searchParams,
    authorization: request.headers.get("authorization"),
    body: request.method === "GET" ? "" : await request.text(),
  }
}

/** An answer as a web Response. */
export function responseOf({ status, headers, body }: SimulatorAnswer): Response {
  const isWhole = typeof body === "string" || body instanceof Uint8Array
  const present = Object.entries(headers).filter(([, value]) => value !== "")
  return new Response(isWhole ? body : streamOf(body), { status, headers: present })
}

function streamOf(pieces: Iterable<string> | AsyncIterable<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const iterator = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]()
  return new ReadableStream({
    async pull(controller) {
      try {
        const next = await iterator.next()
        if (next.done) controller.close()
        else controller.enqueue(encoder.encode(next.value))
      } catch (cause) {
        controller.error(new TypeError("terminated", { cause }))
      }
    },
    async cancel() {
      await iterator.return?.()
    },
  })
}

/**
 * Waits for an outcome, but no longer than the caller does. What the call does happens all the same, as it would on a
 * real server.
 */
export async function untilAborted<T>(outcome: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  let stop = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    // The reason is the caller's own, and fetch hands it back as it is.
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors
    stop = () => reject(signal.reason)
    signal.addEventListener("abort", stop)
  })
  try {
    return await Promise.race([outcome, aborted])
  } finally {
    signal.removeEventListener("abort", stop)
  }
}
