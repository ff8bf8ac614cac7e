/** Who a tenant bills for devices. */
export interface Customer {
  readonly tenantId: string
  readonly id: string
  readonly name: string
  /** What an external customer system calls it, `null` where there is none. */
  readonly externalId: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** A place of a customer. */
export interface Site {
  readonly tenantId: string
  readonly id: string
  readonly customerId: string
  readonly name: string
  readonly createdAt: number
}

/** What the tenant sells. Money in micro-units, volume in bytes. */
export interface CustomerRatePlan {
  readonly tenantId: string
  readonly id: string
  /** Unique in the tenant; saving a plan of the same code replaces what it says. */
  readonly code: string
  readonly name: string
  /** Monthly, with `rateCharge` the price of having the plan. */
  readonly baseRate: number
  readonly rateCharge: number
  readonly includedBytes: number
  /** For each started `overageBlockBytes` above what is included. */
  readonly overageCost: number
  readonly overageBlockBytes: number
  readonly smsCost: number
  readonly allowsSimPooling: boolean
  readonly billInAdvance: boolean
  /** Whether optimization may move devices to and from it. */
  readonly autoChangeRatePlan: boolean
  /** Where it is sold; empty = all service providers of the tenant. */
  readonly serviceProviderIds: readonly string[]
  readonly updatedAt: number
}

/** Devices that share the data of their customer rate plans. */
export interface CustomerRatePool {
  readonly tenantId: string
  readonly id: string
  readonly name: string
  readonly createdAt: number
}
