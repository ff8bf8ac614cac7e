/** A customer of the platform. Everything else belongs to one. */
export interface Tenant {
  readonly id: string
  readonly name: string
  readonly createdAt: number
}
