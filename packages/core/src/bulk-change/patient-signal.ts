import type { Clock } from "../ports/mod.ts"

/**
 * A signal that aborts `graceMs` after another one. A write that is under way when the host stops gets this long for its
 * answer: cut off, its outcome would be unknown.
 */
export function patientSignal(
  signal: AbortSignal,
  clock: Clock,
  graceMs: number,
): { readonly signal: AbortSignal; end(): void } {
  const late = new AbortController()
  const ended = new AbortController()
  const onAbort = () => {
    clock.sleep(graceMs, ended.signal).then(
      () => late.abort(signal.reason),
      () => undefined,
    )
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener("abort", onAbort, { once: true })
  return {
    signal: late.signal,
    end() {
      signal.removeEventListener("abort", onAbort)
      ended.abort(new DOMException("The change was answered", "AbortError"))
    },
  }
}
