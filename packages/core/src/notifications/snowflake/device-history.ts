import type { DeviceChangedEvent } from "../event.ts"

/** The columns of the history with their types; what identifies a row comes first. */
const COLUMNS: readonly (readonly [name: string, type: "STRING" | "NUMBER" | "TIMESTAMP_TZ"])[] = [
  ["TENANT_ID", "STRING"],
  ["EVENT_ID", "STRING"],
  ["DEVICE_ID", "STRING"],
  ["SYNC_RUN_ID", "STRING"],
  ["RECORDED_AT", "TIMESTAMP_TZ"],
  ["SERVICE_PROVIDER_ID", "STRING"],
  ["SERVICE_PROVIDER", "STRING"],
  ["INTEGRATION", "STRING"],
  ["CARRIER_DEVICE_ID", "STRING"],
  ["ICCID", "STRING"],
  ["MSISDN", "STRING"],
  ["IMEI", "STRING"],
  ["EID", "STRING"],
  ["STATUS", "STRING"],
  ["CARRIER_STATUS", "STRING"],
  ["RATE_PLAN", "STRING"],
  ["COMMUNICATION_PLAN", "STRING"],
  ["DATA_BYTES", "NUMBER"],
  ["SMS_COUNT", "NUMBER"],
  ["VOICE_SECONDS", "NUMBER"],
  ["USAGE_AT", "TIMESTAMP_TZ"],
  ["BILLING_PERIOD_START", "TIMESTAMP_TZ"],
  ["BILLING_PERIOD_END", "TIMESTAMP_TZ"],
  ["CHANGED_AT", "TIMESTAMP_TZ"],
  ["MISSING_SINCE", "TIMESTAMP_TZ"],
]

/**
 * The statement that makes the table of the device history, to be run once in Snowflake.
 *
 * @param table As in the settings.
 */
export function deviceHistoryTable(table: string): string {
  return `CREATE TABLE IF NOT EXISTS ${table} (\n${COLUMNS.map(([name, type]) => `  ${name} ${type}`).join(",\n")}\n)`
}

/** Adds the rows that are bound as JSON to `?`; those that are there already stay, so that it can run twice. */
export function mergeStatement(table: string): string {
  const values = COLUMNS.map(([name, type]) => `s.v:${name}::${type}`)
  return [
    `MERGE INTO ${table} AS t`,
    "USING (SELECT value AS v FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))) AS s",
    `ON ${COLUMNS.slice(0, 3)
      .map(([name, type]) => `t.${name} = s.v:${name}::${type}`)
      .join(" AND ")}`,
    `WHEN NOT MATCHED THEN INSERT (${COLUMNS.map(([name]) => name).join(", ")}) VALUES (${values.join(", ")})`,
  ].join("\n")
}

/** One row for each device; a value that is not known is left out, which reads as NULL. */
export function historyRows(
  tenantId: string,
  eventId: string,
  event: DeviceChangedEvent,
): readonly Readonly<Record<string, string | number>>[] {
  const time = (instant: number | null) => (instant === null ? null : new Date(instant).toISOString())
  return event.devices.map((device) =>
    known({
      TENANT_ID: tenantId,
      EVENT_ID: eventId,
      DEVICE_ID: device.id,
      SYNC_RUN_ID: event.syncRunId,
      RECORDED_AT: time(event.occurredAt),
      SERVICE_PROVIDER_ID: event.serviceProviderId,
      SERVICE_PROVIDER: event.serviceProviderName,
      INTEGRATION: event.integrationType,
      CARRIER_DEVICE_ID: device.carrierDeviceId,
      ICCID: device.iccid,
      MSISDN: device.msisdn,
      IMEI: device.imei,
      EID: device.eid,
      STATUS: device.status,
      CARRIER_STATUS: device.carrierStatus,
      RATE_PLAN: device.ratePlan,
      COMMUNICATION_PLAN: device.communicationPlan,
      DATA_BYTES: device.dataBytes,
      SMS_COUNT: device.smsCount,
      VOICE_SECONDS: device.voiceSeconds,
      USAGE_AT: time(device.usageAt),
      BILLING_PERIOD_START: time(event.billingPeriodStartsAt),
      BILLING_PERIOD_END: time(event.billingPeriodEndsAt),
      CHANGED_AT: time(device.changedAt),
      MISSING_SINCE: time(device.missingSince),
    }),
  )
}

function known(row: Readonly<Record<string, string | number | null>>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(row).filter((field): field is [string, string | number] => field[1] !== null),
  )
}
