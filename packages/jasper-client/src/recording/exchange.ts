/** One request and what came of it: one line of a recording. Holds no request headers, so no credentials. */
export interface Exchange {
  readonly version: 1
  readonly method: string
  /** Path and query, without the host. */
  readonly path: string
  readonly requestBody: string
  /** Undefined when the connection failed. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text, or Base64 when the bytes are no UTF-8. */
  readonly body?: string
  readonly isBase64?: true
  /** What the connection failed with. */
  readonly failure?: string
}

/** What tells one request from another in a recording. */
export function keyOf(exchange: Pick<Exchange, "method" | "path" | "requestBody">): string {
  return `${exchange.method} ${exchange.path} ${exchange.requestBody}`
}

/** Method, path and body of a request, which stays unread for whoever sends it. */
export async function describeRequest(request: Request): Promise<Pick<Exchange, "method" | "path" | "requestBody">> {
  const url = new URL(request.url)
  const requestBody = request.body === null ? "" : await request.clone().text()
  return { method: request.method, path: url.pathname + url.search, requestBody }
}
