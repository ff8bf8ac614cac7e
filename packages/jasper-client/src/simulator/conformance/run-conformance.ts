import type { SimulatorCredentials } from "../options.ts"
import { createHostClock, type SimulatorClock } from "../ports.ts"
import { READ_CHECKS, WRITE_CHECKS } from "./checks.ts"
import { createProbe } from "./probe.ts"

/** Which carrier to examine. */
export interface ConformanceOptions {
  /** Such as `https://restapi1.jasper.com`; a path and a trailing slash are taken off. */
  readonly baseUrl: string
  readonly credentials: SimulatorCredentials
  /** Such as the host's `fetch`, or that of a simulator. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** A SIM that may be changed and changed back; without it nothing is written. */
  readonly writableIccid?: string
  /** Milliseconds between two calls. @default 250, below five calls a second */
  readonly paceMs?: number
  /** @default the host's clock */
  readonly clock?: SimulatorClock
}

/** How one check ended. */
export interface ConformanceResult {
  /** What the carrier has to do, as a sentence. */
  readonly name: string
  readonly outcome: "passed" | "failed"
  /** What was expected and what came; only of a failed check. */
  readonly detail?: string
}

/**
 * Examines a carrier, simulated or real: every answer that the documents and the public clients agree on, one check
 * after another. Where they disagree, each of the known answers passes.
 *
 * @example Hold a simulator to it
 * ```ts
 * import { createSimulator, DEFAULT_CREDENTIALS, runConformance } from "@altaworx/jasper-client/simulator"
 *
 * const { fetch } = createSimulator({ callsPerSecond: 1000 })
 * const failed: string[] = []
 * const options = { baseUrl: "http://simulator", credentials: DEFAULT_CREDENTIALS, fetch, paceMs: 0 }
 * for await (const { name, outcome } of runConformance(options)) if (outcome === "failed") failed.push(name)
 * console.log(failed.length) // "0"
 * ```
 */
export async function* runConformance(options: ConformanceOptions): AsyncGenerator<ConformanceResult, void, undefined> {
  const { writableIccid, paceMs = 250, clock = createHostClock() } = options
  const probe = createProbe({ ...options, writableIccid, paceMs, clock })
  const checks = writableIccid === undefined ? READ_CHECKS : [...READ_CHECKS, ...WRITE_CHECKS]
  for (const { name, run } of checks) {
    try {
      await run(probe)
      yield { name, outcome: "passed" }
    } catch (error) {
      yield { name, outcome: "failed", detail: `Expected ${error instanceof Error ? error.message : String(error)}` }
    }
  }
}
