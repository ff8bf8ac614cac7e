import type { Fetch } from "../ports.ts"
import { createRedact, type Redact } from "../transport/redact.ts"
import { describeRequest, type Exchange } from "./exchange.ts"

/** How to record. */
export interface RecordOptions {
  /** What really sends. */
  readonly fetch: Fetch
  /** Gets one line of JSON for each exchange, without a line break: append it to a file. */
  readonly write: (line: string) => void
}

/**
 * A `fetch` that records every exchange it makes. Credentials are not recorded: no request header is, and wherever an
 * answer repeats them they are taken out. Everything else is, identifiers included: treat a recording as personal data.
 *
 * @example
 * ```ts
 * import { createJasperClient } from "@altaworx/jasper-client"
 * import { recordSession } from "@altaworx/jasper-client/recording"
 *
 * const lines: string[] = []
 * const fetch = recordSession({
 *   fetch: (request) => globalThis.fetch(request),
 *   write: (line) => lines.push(line),
 * })
 * createJasperClient({ baseUrl: "https://restapi1.jasper.com", username: "u", apiKey: "k", fetch })
 * ```
 */
export function recordSession(options: RecordOptions): Fetch {
  return async (request, init) => {
    const described = await describeRequest(request)
    const redact = redactFor(request)
    const write = (rest: Partial<Exchange>): void => {
      options.write(redact(JSON.stringify({ version: 1, ...described, ...rest } satisfies Exchange)))
    }
    try {
      const response = await options.fetch(request, init)
      const bytes = new Uint8Array(await response.arrayBuffer())
      write({ status: response.status, headers: Object.fromEntries(response.headers), ...bodyOf(bytes) })
      return new Response(isBodiless(response.status) ? null : bytes, response)
    } catch (error) {
      write({ failure: error instanceof Error ? error.message : String(error) })
      throw error
    }
  }
}

/** The key stands in the request's own header; nobody has to hand it over once more. */
function redactFor(request: Request): Redact {
  const token = (request.headers.get("authorization") ?? "").replace(/^Basic\s+/i, "")
  try {
    const key = atob(token).split(":").slice(1).join(":")
    return createRedact([token, key])
  } catch {
    return createRedact([token])
  }
}

function bodyOf(bytes: Uint8Array): Pick<Exchange, "body" | "isBase64"> {
  try {
    return { body: new TextDecoder("utf-8", { fatal: true }).decode(bytes) }
  } catch {
    return { body: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")), isBase64: true }
  }
}

/** A `Response` of these must not have a body. */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304
}
