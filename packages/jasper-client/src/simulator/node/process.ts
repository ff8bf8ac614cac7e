import type { SimulatorCredentials } from "../options.ts"

/** How the child process builds its carrier. */
export interface SimulatorProcessOptions {
  readonly devices: number
  readonly seed: number
  /** Calls per second. */
  readonly rate: number
  readonly faults: "on" | "off"
  /** File that the carrier remembers in; created when missing. Without it nothing survives the process. */
  readonly journal?: string
  /** @default 0, any free port */
  readonly port?: number
}

/** A simulator in a process of its own, which ends when this process does. */
export interface SimulatorProcess {
  readonly url: string
  readonly credentials: SimulatorCredentials
  stop(): Promise<void>
}

/**
 * Starts a simulator as a child process and waits until it answers.
 *
 * @throws {Error} If it ends before it is ready; the message is its own last line.
 */
export function startSimulatorProcess(options: SimulatorProcessOptions): Promise<SimulatorProcess> {
  return Promise.reject(new Error(`Not built yet: ${options.seed}`))
}
