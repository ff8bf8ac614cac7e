import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** One request as it came over the wire. */
export interface WireRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

/** A server on loopback that keeps what it received. */
export interface LoopbackServer extends AsyncDisposable {
  readonly baseUrl: string
  readonly requests: WireRequest[]
}

/** Answers one request; `nth` counts from 1. */
export type Handler = (response: ServerResponse, request: WireRequest, nth: number) => void

/** Starts a server; each test closes its own with `await using`. */
export async function startServer(handler: Handler): Promise<LoopbackServer> {
  const requests: WireRequest[] = []
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const request: WireRequest = {
      method: incoming.method ?? "",
      url: incoming.url ?? "",
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString(),
    }
    requests.push(request)
    handler(response, request, requests.length)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers JSON. */
export function sendJson(response: ServerResponse, json: unknown, status = 200, headers = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(JSON.stringify(json))
}
