import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { SimulatorAnswer } from "../call.ts"
import type { Simulator } from "../simulator.ts"

/** Where to listen. */
export interface ServeOptions {
  /** 0 picks a free port. @default 0 */
  readonly port?: number
  /** @default "127.0.0.1" */
  readonly hostname?: string
}

/** A simulator that answers over HTTP. */
export interface ServedSimulator {
  /** Without a trailing slash, such as `http://127.0.0.1:40123`. */
  readonly url: string
  /** Ends every connection and stops listening. */
  close(): Promise<void>
}

/**
 * Serves a simulator over HTTP/1.1; where it breaks the connection, the socket is reset.
 *
 * @throws {Error} If the address cannot be listened on; the message says why.
 */
export async function serveSimulator(simulator: Simulator, options: ServeOptions = {}): Promise<ServedSimulator> {
  const { port = 0, hostname = "127.0.0.1" } = options
  const server = createServer((request, response) => {
    answerRequest(simulator, request, response).catch((error: unknown) => {
      if (request.destroyed && !request.complete) return
      // A defect of the simulator must not look like one of the carrier's faults.
      console.error("The simulator failed:", error)
      if (!response.headersSent) response.writeHead(500, { "Content-Type": "text/plain" })
      response.end("The simulator failed")
    })
  })
  // An idle connection that the server closes just as the client reuses it would be a fault nobody injected.
  server.keepAliveTimeout = 600_000
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, hostname, port)))
    server.listen(port, hostname, resolve)
  })
  const { port: actualPort } = server.address() as AddressInfo
  return {
    url: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${actualPort}`,
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function answerRequest(simulator: Simulator, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { path, query } = splitTarget(request.url ?? "/")
  const method = request.method ?? "GET"
  const body = method === "GET" ? "" : await readBody(request)
  const authorization = request.headers.authorization ?? null
  const outcome = await simulator.answer({ method, path, query, authorization, body })
  if (outcome === "dropped") request.socket.resetAndDestroy()
  else await send(response, outcome)
}

function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf("?")
  if (mark < 0) return { path: target, query: new URLSearchParams() }
  return { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString("utf8")
}

async function send(response: ServerResponse, { status, headers, body }: SimulatorAnswer): Promise<void> {
  response.sendDate = headers["Date"] === undefined
  const present = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ""))
  if (typeof body === "string" || body instanceof Uint8Array) {
    response.writeHead(status, { ...present, "Content-Length": Buffer.byteLength(body) }).end(body)
    return
  }
  response.writeHead(status, present)
  try {
    for await (const piece of body) {
      if (response.destroyed) return
      if (!response.write(piece)) await writable(response)
    }
    response.end()
  } catch {
    // What was written has to arrive: a reset would take it back.
    response.socket?.destroySoon()
  }
}

/** Waits until a response takes more, or is gone. */
function writable(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done).off("close", done)
      resolve()
    }
    response.on("drain", done).on("close", done)
  })
}

function listenError(error: NodeJS.ErrnoException, hostname: string, port: number): Error {
  const reason = error.code === "EADDRINUSE" ? "the port is in use" : error.message
  return new Error(`Cannot serve simulator on ${hostname}:${port}: ${reason}`, { cause: error })
}
