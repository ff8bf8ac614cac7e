/** What the tenant knows of a device and its carrier does not. */
export interface DeviceAssignment {
  readonly serviceProviderId: string
  readonly carrierDeviceId: string
  readonly customerId: string | null
  readonly siteId: string | null
  readonly customerRatePlanId: string | null
  readonly customerRatePoolId: string | null
  readonly dataAllocationBytes: number | null
  /** When the device was archived, `null` while it is not. */
  readonly archivedAt: number | null
  readonly updatedAt: number
}

/** A change of one device's assignment: a field left out stays as it is, `null` clears it. */
export type DeviceAssignmentChange = Pick<DeviceAssignment, "carrierDeviceId"> &
  Partial<Omit<DeviceAssignment, "serviceProviderId" | "carrierDeviceId" | "updatedAt">>
