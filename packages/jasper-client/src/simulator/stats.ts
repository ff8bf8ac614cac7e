import type { FaultKind } from "./fault-catalogue.ts"

/** What a simulator has answered and injected so far; `injected` counts what the journal remembers too. */
export interface SimulatorStats {
  /** Calls that arrived under `/rws`. */
  readonly calls: number
  /** Calls refused because the account was over its limit; the injected ones are not among them. */
  readonly throttled: number
  /** Writes accepted, silent no-ops included. */
  readonly writes: number
  readonly injected: Readonly<Record<FaultKind, number>>
}
