/** Source of time of a simulator. The `Runtime.clock` of the SDK fits. */
export interface SimulatorClock {
  /** Current instant, milliseconds since the Unix epoch, UTC. */
  now(): number
  /** Resolves after `ms` milliseconds of this clock. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The host's clock. */
export function createHostClock(): SimulatorClock {
  return {
    now: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  }
}
