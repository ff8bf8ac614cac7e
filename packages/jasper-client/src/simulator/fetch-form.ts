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

function streamOf(pieces: Iterable<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const iterator = pieces[Symbol.iterator]()
  return new ReadableStream({
    pull(controller) {
      const next = iterator.next()
      if (next.done) controller.close()
      else controller.enqueue(encoder.encode(next.value))
    },
    cancel() {
      iterator.return?.()
    },
  })
}
