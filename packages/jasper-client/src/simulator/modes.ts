/** Behaviours on which the carrier's releases differ, or that no source has settled. */
export interface SimulatorModes {
  /** HTTP status that carries `40000029`: one of them, or both in turn. @default "mixed" */
  readonly throttleStatus?: 429 | 400 | "mixed"
  /** What a page past the end of a list answers: an empty 200, or 400 with `10000007`. @default "empty" */
  readonly pastTheEnd?: "empty" | "error"
  /** What a `pageSize` above 50 answers: `10000006`, or a page of 50. @default "error" */
  readonly oversizedPage?: "error" | "clamp"
  /** What `lastPage` says on a full last page; where false, an empty page follows. @default true */
  readonly lastPageAtExactMultiple?: boolean
  /** Whether `/devices` carries `totalCount`. @default false */
  readonly totalCount?: boolean
  /** What an unknown path answers: the gateway's HTML, or JSON. @default "html" */
  readonly notFound?: "html" | "json"
  /** A raw `+` in a query arrives as a blank: refused with `10000012`, or understood. @default "refuse" */
  readonly rawPlus?: "refuse" | "tolerate"
  /**
   * How far back a search may look: without limit, over at most one year at once, or not beyond a year ago
   * (both `10000045`). @default "unlimited"
   */
  readonly lookBack?: "unlimited" | "oneYearSpan" | "oneYear"
  /** What a `modifiedSince` in the server's future answers: an empty list, or `10002119`. @default "empty" */
  readonly futureDates?: "empty" | "error"
  /** Whether SIMs of one instant come in another order in every answer. @default false */
  readonly unstableTies?: boolean
  /** Resolution of modification dates. @default "millisecond" */
  readonly dateResolution?: "millisecond" | "second"
  /** An essential account has no audit history, no usage by zone or plan, and no customers. @default "advantage" */
  readonly accountType?: "advantage" | "essential"
  /** Whether cell tracking is on; without it location history answers `10000602`. @default true */
  readonly locationTracking?: boolean
  /** Name of the eUICC id in device details: the newer one or the older. @default "eid" */
  readonly euiccIdField?: "eid" | "euiccid"
  /** What session details give for no address: null, or the text `"null"` as in the documents. @default "null" */
  readonly missingIpAddress?: "null" | "text"
  /**
   * Usage that is simply there, whatever the day; or usage that grows with the clock, arrives late and is rated by
   * the plan of the moment, with SIMs that activate themselves on first use. @default "static"
   */
  readonly usage?: "static" | "growing"
  /** Length of an ICCID; the other length is not found. @default 19 */
  readonly iccidDigits?: 19 | 20
  /**
   * Whether the price list also holds plans that no SIM is on and whose fields differ: with tiers, with messages and
   * voice, and one without a monthly charge. @default "plain"
   */
  readonly ratePlans?: "plain" | "varied"
  /** How long an answer takes, in milliseconds of the clock; the call counts as in flight meanwhile. @default 0 */
  readonly latencyMs?: number
  /** What a call gets while too many are in flight: `40000029`, or its answer when they are done. @default "refuse" */
  readonly overConcurrency?: "refuse" | "wait"
  /** How long `msisdn` stays empty after a SIM was activated, in milliseconds. @default 0 */
  readonly msisdnLagMs?: number
  /** Where the operator's midnight is, at which billing cycles start. @default 0 */
  readonly utcOffsetHours?: number
  /** How far the server's clock is ahead of the given one; negative when it is behind. @default 0 */
  readonly clockAheadMs?: number
}
