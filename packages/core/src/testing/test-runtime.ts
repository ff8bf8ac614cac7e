import { type Runtime, timeOrderedIds } from "../ports/mod.ts"
import { seededRandom } from "./seeded-random.ts"
import { type VirtualClock, virtualClock } from "./virtual-clock.ts"

export interface TestRuntimeOptions {
  /** Decides every random number and identifier. */
  readonly seed: number
  /** Epoch milliseconds at which time begins. */
  readonly startAt: number
  /** The network. @default none: every call fails */
  readonly fetch?: Runtime["fetch"]
  /** Whether time jumps to the next sleeper by itself. @default true */
  readonly autoAdvance?: boolean
}

/**
 * A runtime that is a function of its seed: virtual time, seeded randomness and identifiers, and no network but the one
 * given. Two runs with the same seed do the same things in the same order.
 *
 * @example
 * ```ts
 * import { testRuntime } from "@altaworx/core/testing"
 *
 * const runtime = testRuntime({ seed: 7, startAt: Date.UTC(2026, 0, 1) })
 * await runtime.clock.sleep(86_400_000)
 * console.log(new Date(runtime.clock.now()).toISOString()) // "2026-01-02T00:00:00.000Z"
 * ```
 */
export function testRuntime(options: TestRuntimeOptions): Runtime & { readonly clock: VirtualClock } {
  const clock = virtualClock(options.startAt, { autoAdvance: options.autoAdvance ?? true })
  const random = seededRandom(options.seed)
  return {
    clock,
    random,
    newId: timeOrderedIds(clock, random),
    fetch: options.fetch ?? (() => Promise.reject(new TypeError("This runtime has no network"))),
  }
}
