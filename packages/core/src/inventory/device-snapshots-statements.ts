import { sql } from "drizzle-orm"
import type { Statement } from "../store/mod.ts"

/** A page of devices. */
export interface DeviceSnapshotsRequest {
  readonly tenantId: string
  readonly serviceProviderId: string
  readonly billingPeriodId: string
  /** The carrier's identifier of the last device of the page before; empty for the first page. */
  readonly after: string
  readonly limit: number
}

/** Devices of a provider with usage, in the order of the carrier's identifiers. Uses the primary keys. */
export function deviceSnapshots(request: DeviceSnapshotsRequest): Statement {
  const { tenantId, serviceProviderId } = request
  return sql`
    SELECT d.id, d.carrier_device_id AS "carrierDeviceId", d.iccid, d.msisdn, d.imei, d.eid, d.status,
      d.carrier_status AS "carrierStatus", d.carrier_rate_plan AS "ratePlan",
      d.communication_plan AS "communicationPlan", u.bytes AS "dataBytes", u.sms_count AS "smsCount",
      u.updated_at AS "usageAt", d.changed_at AS "changedAt", d.missing_since AS "missingSince"
    FROM device d LEFT JOIN device_usage u ON u.tenant_id = d.tenant_id AND u.service_provider_id = d.service_provider_id
      AND u.billing_period_id = ${request.billingPeriodId} AND u.carrier_device_id = d.carrier_device_id
    WHERE d.tenant_id = ${tenantId} AND d.service_provider_id = ${serviceProviderId}
      AND d.carrier_device_id > ${request.after}
    ORDER BY d.carrier_device_id LIMIT ${request.limit}`
}
