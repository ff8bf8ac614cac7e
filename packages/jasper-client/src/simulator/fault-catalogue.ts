import type { Operation } from "./operation.ts"

/** Kinds under which a simulator counts what it injected. */
export type FaultKind =
  /** Throttled though under the limit. */
  | "rateLimited"
  /** A gateway or the server failed. */
  | "serverErrors"
  /** The connection broke before the call had any effect. */
  | "dropped"
  /** The connection broke after the call took effect. */
  | "lostReplies"
  /** A write answered 200 and did nothing. */
  | "silentNoOps"
  /** A write that reads show late. */
  | "lateReads"
  /** A SIM that somebody else changed, or that entered or left, while a list was being read. */
  | "drifted"
  /** Credentials refused. */
  | "refused"
  /** An answer that came late. */
  | "slowAnswers"
  /** An answer that is broken, or that says something untrue. */
  | "brokenAnswers"

/** When in the life of a call a fault strikes. */
export type FaultMoment =
  /** Instead of the call: it has no effect. */
  | "before"
  /** Before the call, which then goes on: somebody else changes the list. */
  | "aside"
  /** While an accepted write takes effect. */
  | "write"
  /** After a successful call took effect: its answer suffers. */
  | "after"

const SEARCH: readonly Operation[] = ["searchDevices"]
const LISTS: readonly Operation[] = ["searchDevices", "listRatePlans", "listUsageByRatePlan"]

/** What a switch counts as, when it strikes, and which operations it can strike (all where none are named). */
export interface FaultDescription {
  readonly kind: FaultKind
  readonly moment: FaultMoment
  readonly on?: readonly Operation[]
}

/** The named switches. */
const FAULTS = {
  /** 429 with `40000029`, though the account is under its limit. */
  throttle429: { kind: "rateLimited", moment: "before" },
  /** 400 with `40000029`. */
  throttle400: { kind: "rateLimited", moment: "before" },
  /** 503 with a page of HTML, as a throttling gateway answers. */
  throttle503: { kind: "rateLimited", moment: "before" },
  /** 429 with `Retry-After` in seconds, from `maxDelayMs`. */
  throttleRetryAfter: { kind: "rateLimited", moment: "before" },
  /** 429 with `Retry-After` as a date, `maxDelayMs` ahead. */
  throttleRetryAfterDate: { kind: "rateLimited", moment: "before" },
  /** 500 with `30000001`. */
  serverError: { kind: "serverErrors", moment: "before" },
  /** 500 without a body. */
  emptyServerError: { kind: "serverErrors", moment: "before" },
  /** 503 with a page of HTML. */
  gatewayError: { kind: "serverErrors", moment: "before" },
  /** 504 with a page of HTML, after `maxDelayMs`. */
  gatewayTimeout: { kind: "serverErrors", moment: "before" },
  /** The connection breaks before the call has any effect. */
  drop: { kind: "dropped", moment: "before" },
  /** Nothing comes for `maxDelayMs`, then the connection breaks; the call has no effect. */
  hang: { kind: "dropped", moment: "before" },
  /** 401 with `10000001`, as for a caller from an address that is not allowed. */
  addressRefused: { kind: "refused", moment: "before" },
  /** The API key is revoked: this call and every later one answers 401. */
  keyRevoked: { kind: "refused", moment: "before" },
  /** 200 with an error code in the body; the call has no effect. */
  errorInSuccess: { kind: "brokenAnswers", moment: "before" },
  /** 200 with a page of HTML; the call has no effect. */
  htmlInSuccess: { kind: "brokenAnswers", moment: "before" },

  /** `count` SIMs change somewhere in the list. */
  churn: { kind: "drifted", moment: "aside", on: SEARCH },
  /** `count` SIMs enter the account with old modification dates. */
  oldArrivals: { kind: "drifted", moment: "aside", on: SEARCH },
  /** `count` SIMs leave the account. */
  departures: { kind: "drifted", moment: "aside", on: SEARCH },
  /** `count` SIMs that left come back with the modification dates they had. */
  returns: { kind: "drifted", moment: "aside", on: SEARCH },

  /** A write answers 200 and changes nothing. */
  silentNoOp: { kind: "silentNoOps", moment: "write" },
  /** Reads show the old value for up to `maxDelayMs` after a write. */
  lateRead: { kind: "lateReads", moment: "write" },
  /** A write answers 202 and takes effect `maxDelayMs` later. */
  queuedWrite: { kind: "lateReads", moment: "write" },

  /** The call takes effect, then the connection breaks. */
  lostReply: { kind: "lostReplies", moment: "after" },
  /** The answer comes after a seeded part of `maxDelayMs`. */
  slowAnswer: { kind: "slowAnswers", moment: "after" },
  /** Half of the body comes at once, the rest after `maxDelayMs`. */
  slowBody: { kind: "slowAnswers", moment: "after" },
  /** Half of the body comes, then the connection breaks. */
  brokenBody: { kind: "lostReplies", moment: "after" },
  /** The body ends in the middle, as if it were whole. */
  truncatedBody: { kind: "brokenAnswers", moment: "after" },
  /** The body holds a byte that is ISO-8859-1 and no UTF-8. */
  foreignBytes: { kind: "brokenAnswers", moment: "after" },
  /** The envelope has no `lastPage`. */
  lastPageMissing: { kind: "brokenAnswers", moment: "after", on: LISTS },
  /** `lastPage` is false, even on the last page. */
  lastPageLate: { kind: "brokenAnswers", moment: "after", on: LISTS },
  /** `lastPage` is true, even on a page that is not the last. */
  lastPageEarly: { kind: "brokenAnswers", moment: "after", on: LISTS },
  /** The last row of a page is missing. */
  shortPage: { kind: "brokenAnswers", moment: "after", on: SEARCH },
  /** The first row of a page is there twice, and its last one is missing. */
  repeatedRow: { kind: "brokenAnswers", moment: "after", on: SEARCH },
  /** A row has a status that no document names. */
  unknownStatus: { kind: "brokenAnswers", moment: "after", on: SEARCH },
  /** The body has a key that no document names. */
  extraField: { kind: "brokenAnswers", moment: "after" },
  /** The `Date` header is missing. */
  dateMissing: { kind: "brokenAnswers", moment: "after" },
} as const satisfies Record<string, FaultDescription>

/** Name of a fault switch. */
export type FaultName = keyof typeof FAULTS

/** Names of the switches that strike at a moment. */
export type FaultAt<Moment extends FaultMoment> = {
  [Name in FaultName]: (typeof FAULTS)[Name]["moment"] extends Moment ? Name : never
}[FaultName]

/** What is known of a switch. */
export function describeFault(name: FaultName): FaultDescription {
  return FAULTS[name]
}

/** Every switch. */
export const FAULT_NAMES: readonly FaultName[] = Object.keys(FAULTS) as FaultName[]

/** A count of zero for every kind. */
export function emptyFaultCounts(): Record<FaultKind, number> {
  return {
    rateLimited: 0,
    serverErrors: 0,
    dropped: 0,
    lostReplies: 0,
    silentNoOps: 0,
    lateReads: 0,
    drifted: 0,
    refused: 0,
    slowAnswers: 0,
    brokenAnswers: 0,
  }
}
