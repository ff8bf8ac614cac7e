import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** A request as it came over the wire. */
export interface ReceivedRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly raw: Buffer<ArrayBuffer>
}

/** What becomes of a request: an answer, a connection cut after the request was taken in, or no answer at all. */
export type Answer =
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
  | "reset"
  | "silence"

/** A real server on loopback that notes what it gets and answers as it is told, then with 200. */
export async function startReceiver(handle?: (request: ReceivedRequest) => Answer | Promise<Answer>) {
  const requests: ReceivedRequest[] = []
  const answers: Answer[] = []
  const open = new Set<ServerResponse>()
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk))
    incoming.on("end", async () => {
      const { method = "", url = "", headers } = incoming
      const raw = Buffer.concat(chunks)
      const request = { method, url, headers, body: raw.toString("utf8"), raw }
      requests.push(request)
      const answer = answers.shift() ?? (await handle?.(request)) ?? { status: 200, body: '{"flag":true}' }
      if (answer === "reset") return void incoming.socket.destroy()
      if (answer === "silence") return void open.add(response)
      response.writeHead(answer.status, answer.headers).end(answer.body ?? "")
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
