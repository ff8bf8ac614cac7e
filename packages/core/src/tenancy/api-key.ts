import type { Role } from "./roles.ts"

/** An API key as it is listed: never the key itself. */
export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly role: Role
  /** How a key that was made here begins, to tell it by; of a key of one's own, the beginning of its hash. */
  readonly prefix: string
  readonly createdAt: number
  /** Not valid from this instant on; `null` for no end. */
  readonly expiresAt: number | null
  readonly revokedAt: number | null
  /** When it was last used, to a few minutes; `null` for never. */
  readonly lastUsedAt: number | null
}

/** Who is calling, proved by an API key. */
export interface Identity {
  readonly tenantId: string
  readonly role: Role
  readonly keyId: string
}
