/** What a caller may do: `viewer` reads, `operator` also runs syncs and changes, `owner` also manages the tenant. */
export type Role = "owner" | "operator" | "viewer"

export const ROLES: readonly Role[] = ["owner", "operator", "viewer"]

/** An API key as it is listed: never the key itself. */
export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly createdAt: number
  readonly revokedAt: number | null
}

/** Who is calling, proved by an API key. */
export interface Identity {
  readonly tenantId: string
  readonly role: Role
  readonly keyId: string
}
