/**
 * A session with the carrier, written down line by line and played back: for a bug report, or a test without a carrier.
 *
 * @module
 */
export type { Exchange } from "./exchange.ts"
export { type RecordOptions, recordSession } from "./record.ts"
export { replaySession } from "./replay.ts"
