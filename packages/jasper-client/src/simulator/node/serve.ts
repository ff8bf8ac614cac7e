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

/** Serves a simulator over HTTP/1.1; dropped connections become socket resets. */
export function serveSimulator(simulator: Simulator, options: ServeOptions = {}): Promise<ServedSimulator> {
  return Promise.reject(new Error(`Not built yet: ${simulator.stats.calls} ${options.port}`))
}
