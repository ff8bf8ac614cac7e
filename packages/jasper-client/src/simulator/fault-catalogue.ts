/** Kinds under which a simulator counts what it injected. */
export type FaultKind =
  | "rateLimited"
  | "serverErrors"
  | "dropped"
  | "lostReplies"
  | "silentNoOps"
  | "lateReads"
  | "drifted"

/** When in the life of a call a fault strikes. */
export type FaultMoment =
  /** Instead of the call: it has no effect. */
  | "before"
  /** While an accepted write takes effect. */
  | "write"
  /** After a successful call took effect: its answer suffers. */
  | "after"

/** The named switches: what each one counts as, and when it strikes. */
export const FAULTS = {
  /** 429 with `40000029`, though the account is under its limit. */
  throttle429: { kind: "rateLimited", moment: "before" },
  /** 400 with `40000029`. */
  throttle400: { kind: "rateLimited", moment: "before" },
  /** 500 with `30000001`. */
  serverError: { kind: "serverErrors", moment: "before" },
  /** 503 with a page of HTML, as a gateway answers. */
  gatewayError: { kind: "serverErrors", moment: "before" },
  /** The connection breaks before the call has any effect. */
  drop: { kind: "dropped", moment: "before" },
  /** The call takes effect, then the connection breaks. */
  lostReply: { kind: "lostReplies", moment: "after" },
  /** A write answers 200 and changes nothing. */
  silentNoOp: { kind: "silentNoOps", moment: "write" },
  /** Reads show the old value for up to `maxDelayMs` after a write. */
  lateRead: { kind: "lateReads", moment: "write" },
} as const satisfies Record<string, { readonly kind: FaultKind; readonly moment: FaultMoment }>

/** Name of a fault switch. */
export type FaultName = keyof typeof FAULTS
