import type { Clock } from "../../ports/mod.ts"

/** What ends the calls of a slice before their answers. */
export interface SliceSignals {
  /** Of reads: when the host stops, and when the account's turn is over ({@link TURN_OVER}). */
  readonly reads: AbortSignal
  /**
   * Of writes: a little after the host stops. One that is under way gets this long for its answer: cut off, its outcome would
   * be unknown.
   */
  readonly writes: AbortSignal
  /** Lets go of the host's signal and of the clock. */
  end(): void
}

/** Why reads end when an account's turn is over. */
export const TURN_OVER: Error = new DOMException("The account's turn is over", "TimeoutError")

/** @param times `graceMs` of writes; `turnEndsAt`, epoch milliseconds. */
export function sliceSignals(
  host: AbortSignal,
  clock: Clock,
  { graceMs, turnEndsAt }: { readonly graceMs: number; readonly turnEndsAt: number },
): SliceSignals {
  const [reads, writes, ended] = [new AbortController(), new AbortController(), new AbortController()]
  const after = (ms: number, abort: () => void) => void clock.sleep(ms, ended.signal).then(abort, () => undefined)
  const onAbort = () => {
    reads.abort(host.reason)
    after(graceMs, () => writes.abort(host.reason))
  }
  if (host.aborted) onAbort()
  else host.addEventListener("abort", onAbort, { once: true })
  after(Math.max(0, turnEndsAt - clock.now()), () => reads.abort(TURN_OVER))
  return {
    reads: reads.signal,
    writes: writes.signal,
    end() {
      host.removeEventListener("abort", onAbort)
      ended.abort(new DOMException("The slice is over", "AbortError"))
    },
  }
}
