/** Something that was done, to be recorded in a tenant's audit log. */
export interface AuditEvent {
  /** An event whose id is recorded already is not recorded again: give one where the same may be told twice. @default a new one */
  readonly id?: string
  /** Epoch milliseconds. @default now */
  readonly at?: number
  /** Who did it: `api-key/<id>`, `job/<id>` or `system`. */
  readonly actor: string
  /** What was done, for example `api-key.revoked`. */
  readonly action: string
  /** To what, by our id, for example `api-key/<id>`. */
  readonly subject: string
  readonly outcome: "done" | "refused" | "failed"
  /** More about it, in JSON's types. Texts are redacted; identifiers of devices and secrets have no place here. */
  readonly detail?: Readonly<Record<string, unknown>>
}

/** An event as it stands in the log: what its hash covers. */
export interface AuditRecord {
  readonly tenantId: string
  readonly id: string
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly outcome: string
  /** JSON of the detail, or `null`. */
  readonly detail: string | null
}

/** An entry of the audit log at its place in the chain. */
export interface AuditEntry extends AuditRecord {
  readonly seq: number
  readonly previousHash: string
  readonly hash: string
}
