import { changeDeviceAssignments, recordDevice, recordSwap } from "../inventory/mod.ts"
import type { ChangeIntent, DeviceChange, ListedDevice } from "../ports/mod.ts"
import type { Statement } from "../store/mod.ts"

interface Scope {
  readonly tenantId: string
  readonly serviceProviderId: string
}

/** The statements of a step that is ours alone: what the tenant knows of a device and no carrier does. */
export function inventoryStatements(
  scope: Scope,
  carrierDeviceId: string,
  change: DeviceChange,
  now: number,
): readonly Statement[] {
  switch (change.changeType) {
    case "Archival":
      return [changeDeviceAssignments(scope, [{ carrierDeviceId, archivedAt: change.isArchived ? now : null }], now)]
    case "CustomerAssignment": {
      const { customerId, siteId } = change
      return [changeDeviceAssignments(scope, [{ carrierDeviceId, customerId, siteId }], now)]
    }
    case "CustomerRatePlanChange": {
      const { customerRatePlanId, customerRatePoolId, dataAllocationBytes } = change
      const row = { carrierDeviceId, customerRatePlanId, customerRatePoolId, dataAllocationBytes }
      return [changeDeviceAssignments(scope, [row], now)]
    }
    case "ActivateNewService":
    case "CarrierRatePlanChange":
    case "ChangeIccidImei":
    case "CreateRevService":
    case "EditUsername":
    case "StatusUpdate":
      return []
  }
}

/** The statements that bring the inventory to what a look at the other side showed of a change. */
export function seenStatements(
  scope: Scope,
  intent: ChangeIntent,
  seen: { readonly isApplied: boolean; readonly device: ListedDevice | undefined },
  at: { readonly now: number; readonly newId: string },
): readonly Statement[] {
  const { carrierDeviceId } = intent
  const isSwap = seen.isApplied && intent.changeType === "ChangeIccidImei"
  const swap = isSwap
    ? recordSwap(
        scope,
        {
          carrierDeviceId,
          newCarrierDeviceId: seen.device?.carrierDeviceId ?? carrierDeviceId,
          iccid: intent.iccid,
          imei: intent.imei,
        },
        at.now,
      )
    : []
  const isNew = seen.isApplied && intent.changeType === "ActivateNewService"
  return [
    ...swap,
    ...(seen.device
      ? [recordDevice({ ...scope, device: seen.device, ...(isNew && { newId: at.newId }) }, at.now)]
      : []),
  ]
}
