import * as v from "valibot"
import { iccid, instant, text } from "./field.ts"

/** The current or last data session of a device. */
export interface Session {
  readonly iccid: string
  /** Never in session, in one now, or in one before. */
  readonly state: "never" | "online" | "offline"
  readonly ipAddress: string | null
  readonly ipv6Address: string | null
  /** Epoch milliseconds. */
  readonly dateSessionStarted: number | null
  readonly dateSessionEnded: number | null
  /** Newer carrier releases only. */
  readonly apn: string | null
}

/** Session details. The state follows from the two dates. */
export function sessionSchema(): v.GenericSchema<unknown, Session> {
  return v.pipe(
    v.looseObject({
      iccid: iccid(),
      ipAddress: text(),
      ipv6Address: text(),
      dateSessionStarted: instant(),
      dateSessionEnded: instant(),
      apn: text(),
    }),
    v.transform(
      (wire): Session => ({
        iccid: wire.iccid,
        state: wire.dateSessionStarted === null ? "never" : wire.dateSessionEnded === null ? "online" : "offline",
        ipAddress: wire.ipAddress,
        ipv6Address: wire.ipv6Address,
        dateSessionStarted: wire.dateSessionStarted,
        dateSessionEnded: wire.dateSessionEnded,
        apn: wire.apn,
      }),
    ),
  )
}
