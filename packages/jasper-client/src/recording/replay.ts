import type { Fetch } from "../ports.ts"
import { describeRequest, type Exchange, keyOf } from "./exchange.ts"
import { isBodiless } from "./record.ts"

/**
 * A `fetch` that answers from a recording. The same request made twice gets its recorded answers in their order, so a
 * retry or a read-back sees what it saw then.
 *
 * @param lines Lines written by `recordSession`; empty ones are passed over.
 * @throws {SyntaxError} If a line is not JSON. The returned function rejects with a `TypeError` for a request that is not,
 * or no longer, in the recording.
 *
 * @example
 * ```ts
 * import { createJasperClient } from "@altaworx/jasper-client"
 * import { replaySession } from "@altaworx/jasper-client/recording"
 *
 * const recorded = "" // the text of a recording
 * const fetch = replaySession(recorded.split("\n"))
 * createJasperClient({ baseUrl: "https://restapi1.jasper.com", username: "u", apiKey: "any", fetch })
 * ```
 */
export function replaySession(lines: Iterable<string>): Fetch {
  const waiting = new Map<string, Exchange[]>()
  for (const line of lines) {
    if (line.trim() === "") continue
    const exchange = JSON.parse(line) as Exchange
    const key = keyOf(exchange)
    waiting.set(key, [...(waiting.get(key) ?? []), exchange])
  }
  return async (request) => {
    const described = await describeRequest(request)
    const exchange = waiting.get(keyOf(described))?.shift()
    if (exchange === undefined) throw new TypeError(`Not in the recording: ${described.method} ${described.path}`)
    if (exchange.status === undefined) throw new TypeError(exchange.failure ?? "The connection failed")
    const body = isBodiless(exchange.status) ? null : bytesOf(exchange)
    return new Response(body, { status: exchange.status, ...(exchange.headers && { headers: exchange.headers }) })
  }
}

function bytesOf({ body = "", isBase64 }: Exchange): Uint8Array<ArrayBuffer> {
  if (isBase64 !== true) return new TextEncoder().encode(body)
  return Uint8Array.from(atob(body), (character) => character.charCodeAt(0))
}
