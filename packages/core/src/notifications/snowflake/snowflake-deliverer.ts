import * as v from "valibot"
import { isCoreError } from "../../errors/mod.ts"
import type { Statement } from "../../store/mod.ts"
import type { Deliverer, Delivery } from "../deliverer.ts"
import { sha256, toHex } from "../encoding.ts"
import { outboundUrl, timeoutMs, withSettings } from "../settings.ts"
import { historyRows, mergeStatement } from "./device-history.ts"
import { runStatement, type SnowflakeAccount } from "./run-statement.ts"

/** Where the device history goes. */
export interface SnowflakeSettings extends SnowflakeAccount {
  /** With its database and schema, or without where the account's settings name them. */
  readonly table: string
}

const word = v.pipe(v.string(), v.regex(/^[\w$]+$/))
const settings: v.GenericSchema<unknown, SnowflakeSettings> = v.object({
  account: v.pipe(v.string(), v.regex(/^[\w.-]+$/)),
  user: v.pipe(v.string(), v.minLength(1)),
  privateKey: v.pipe(v.string(), v.regex(/^\s*-----BEGIN PRIVATE KEY-----[\s\w+/=]+-----END PRIVATE KEY-----\s*$/)),
  baseUrl: v.exactOptional(outboundUrl),
  warehouse: v.exactOptional(word),
  database: v.exactOptional(word),
  schema: v.exactOptional(word),
  role: v.exactOptional(word),
  // It goes into the statement as it is.
  table: v.pipe(v.string(), v.regex(/^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*){0,2}$/)),
  timeoutMs: v.exactOptional(timeoutMs as v.GenericSchema<unknown, number>),
  pollMs: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
})

// What the history is not kept of: mobility, as opposed to machines.
const MOBILITY: ReadonlySet<string> = new Set(["Telegence", "eBonding"])

/**
 * Keeps the history of devices in a table of Snowflake, made by {@link deviceHistoryTable}. A batch is one statement that
 * runs once, however often its answer is lost.
 *
 * @param platformSettings For every tenant without settings of its own. @default off
 */
export function snowflakeDeliverer(platformSettings?: SnowflakeSettings): Deliverer {
  return withSettings<SnowflakeSettings>({
    name: "snowflake",
    takes: ["device.changed"],
    settings,
    platformSettings,
    deliver,
  })
}

async function deliver(delivery: Delivery, snowflake: SnowflakeSettings): Promise<readonly Statement[]> {
  const { event, tenantId, eventId } = delivery
  if (event.type !== "device.changed" || MOBILITY.has(event.integrationType)) return []
  const run = async (...key: readonly string[]) =>
    runStatement(delivery, snowflake, {
      requestId: uuidOf(await sha256(JSON.stringify([tenantId, eventId, ...key]))),
      statement: mergeStatement(snowflake.table),
      bindings: [JSON.stringify(historyRows(tenantId, eventId, event))],
    })
  try {
    await run()
  } catch (error) {
    if (!isCoreError(error, "notification.refused")) throw error
    // It may be the failure of an earlier attempt, told again for the same id; since then the table may have been mended.
    // Rows that are there already stay as they are, so another id can do no harm.
    await run(delivery.runtime.newId())
  }
  return []
}

/** The first bytes of a hash as a UUID of version 8: made by a rule of ours (RFC 9562). */
function uuidOf(hash: Uint8Array): string {
  const hex = toHex(hash.slice(0, 16)).split("")
  hex[12] = "8"
  hex[16] = ((Number.parseInt(hex[16] ?? "0", 16) & 3) | 8).toString(16)
  return hex.join("").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
}
