import type { App } from "@altaworx/adapters-hono"
import { serve, type ServerType } from "@hono/node-server"
import { type Settings, StartError } from "./settings.ts"

/** A server that takes requests. */
export interface RunningServer {
  readonly url: string
  /** Takes no more requests, waits for those under way for at most `graceMs`, then cuts them off. */
  stop(graceMs: number): Promise<void>
}

/** @throws {StartError} If the address cannot be listened on. */
export async function serveApp(app: App, { host, port }: Settings): Promise<RunningServer> {
  const server = await new Promise<ServerType>((resolve, reject) => {
    const starting = serve({ fetch: app.fetch, hostname: host, port }, () => resolve(starting))
    starting.once("error", (error: NodeJS.ErrnoException) => reject(new StartError(listenFault(error, host, port))))
  })
  const address = server.address()
  const bound = typeof address === "object" && address !== null ? address.port : port
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    stop: (graceMs) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => "closeAllConnections" in server && server.closeAllConnections(), graceMs)
        server.close(() => {
          clearTimeout(cut)
          resolve()
        })
      }),
  }
}

function listenFault({ code }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === "EADDRINUSE") return `PORT ${port} is in use on ${host}: stop what listens there, or set another PORT`
  if (code === "EACCES") return `PORT ${port} needs rights this process does not have: set a PORT above 1023`
  return `HOST ${host} cannot be listened on (${code ?? "unknown reason"}): set an address of this machine`
}
