import { type SQL, sql } from "drizzle-orm"

// Readers see a device as its row in `device`, or, while the published run is being settled, as that run's row in
// `device_next` where there is one and the carrier was not asked about the device since.

/** The published run of `d`'s provider, while it is unsettled. */
const unsettledRun = sql`(SELECT p.unsettled_run_id FROM inventory_publication p
  WHERE p.tenant_id = d.tenant_id AND p.service_provider_id = d.service_provider_id)`

/** Whether `d` itself is what readers see. */
export const isCurrent = sql`NOT EXISTS (SELECT 1 FROM device_next n WHERE n.tenant_id = d.tenant_id
  AND n.service_provider_id = d.service_provider_id AND n.sync_run_id = ${unsettledRun}
  AND n.carrier_device_id = d.carrier_device_id AND n.staged_at > coalesce(d.read_at, -1))`

/** The rows `n` that readers see in the place of `d`, which is empty for new devices. Goes on with AND. */
export const unsettledDevices = (
  tenantId: string,
  serviceProviderId: string | undefined,
  by = sql.raw(""),
  joined = sql.raw(""),
): SQL => sql`
  FROM inventory_publication p CROSS JOIN device_next n ${by} ON n.tenant_id = p.tenant_id
      AND n.service_provider_id = p.service_provider_id AND n.sync_run_id = p.unsettled_run_id
    LEFT JOIN device d ON d.tenant_id = n.tenant_id AND d.service_provider_id = n.service_provider_id
      AND d.carrier_device_id = n.carrier_device_id
    ${joined}
  WHERE p.tenant_id = ${tenantId} ${ofProvider("p", serviceProviderId)} AND n.staged_at > coalesce(d.read_at, -1)`

export const ofProvider = (alias: "d" | "p", serviceProviderId: string | undefined): SQL =>
  serviceProviderId === undefined ? sql.raw("") : sql`AND ${sql.raw(alias)}.service_provider_id = ${serviceProviderId}`
