import type { DeviceAssignmentChange } from "../../inventory/mod.ts"
import type { DeviceChange } from "../../ports/mod.ts"

/** A change that is ours alone, of what the tenant knows of a device and no carrier does; `undefined` for all others. */
export function assignmentOf(
  carrierDeviceId: string,
  change: DeviceChange,
  now: number,
): DeviceAssignmentChange | undefined {
  switch (change.changeType) {
    case "Archival":
      return { carrierDeviceId, archivedAt: change.isArchived ? now : null }
    case "CustomerAssignment": {
      const { customerId, siteId } = change
      return { carrierDeviceId, customerId, siteId }
    }
    case "CustomerRatePlanChange": {
      const { customerRatePlanId, customerRatePoolId, dataAllocationBytes } = change
      return { carrierDeviceId, customerRatePlanId, customerRatePoolId, dataAllocationBytes }
    }
    case "ActivateNewService":
    case "CarrierRatePlanChange":
    case "ChangeIccidImei":
    case "CreateRevService":
    case "EditUsername":
    case "StatusUpdate":
      return undefined
  }
}
