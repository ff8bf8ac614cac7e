import * as v from "valibot"
import { flag, idText, instant, text } from "./field.ts"

/** One change in a device's audit history. */
export interface AuditEntry {
  readonly field: string | null
  /** Null on the first setting. */
  readonly priorValue: string | null
  readonly value: string | null
  /** Epoch milliseconds. */
  readonly effectiveDate: number | null
  readonly status: string | null
  readonly userName: string | null
  readonly delegatedUser: string | null
  readonly ipAddress: string | null
}

/** One page of audit history, newest first. */
export interface AuditPage {
  readonly rows: readonly AuditEntry[]
  readonly lastPage: boolean | undefined
}

/** Audit history. */
export function auditPageSchema(): v.GenericSchema<unknown, AuditPage> {
  const row = v.object({
    field: text(),
    priorValue: idText(),
    value: idText(),
    effectiveDate: instant(),
    status: text(),
    userName: text(),
    delegatedUser: text(),
    ipAddress: text(),
  })
  return v.pipe(
    v.looseObject({ deviceAuditTrails: v.nullish(v.array(row), []), lastPage: flag() }),
    v.transform((wire): AuditPage => ({ rows: wire.deviceAuditTrails, lastPage: wire.lastPage ?? undefined })),
  )
}
