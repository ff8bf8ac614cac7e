import * as v from "valibot"
import type { Statement } from "../../store/mod.ts"
import type { Deliverer, Delivery } from "../deliverer.ts"
import type { ReportFiles } from "../report-files.ts"
import { outboundUrl, timeoutMs, withSettings } from "../settings.ts"
import { deviceLogCsv } from "./device-log.ts"
import { deviceLogKey, reportKey } from "./object-keys.ts"
import { type ObjectStorageSettings, putObject } from "./put-object.ts"

const word = v.pipe(v.string(), v.regex(/^[\w.-]+$/))
const settings: v.GenericSchema<unknown, ObjectStorageSettings> = v.object({
  endpoint: outboundUrl,
  region: word,
  bucket: word,
  accessKeyId: v.pipe(v.string(), v.minLength(1)),
  secretAccessKey: v.pipe(v.string(), v.minLength(1)),
  sessionToken: v.exactOptional(v.string()),
  prefix: v.exactOptional(v.pipe(v.string(), v.regex(/^([\w.-]+\/)*$/))),
  timeoutMs,
})

export interface ObjectStorageOptions {
  /** For every tenant without settings of its own. @default off */
  readonly settings?: ObjectStorageSettings
  /** The files that are kept of a session. @default none */
  readonly reports?: ReportFiles
}

/** Keeps the device log, and the reports of sessions, in S3-compatible storage. */
export function objectStorageDeliverer(options: ObjectStorageOptions = {}): Deliverer {
  return withSettings<ObjectStorageSettings>({
    name: "object-storage",
    takes: ["device.changed", "optimization.completed"],
    settings,
    platformSettings: options.settings,
    deliver: (delivery, store) => deliver(delivery, store, options.reports),
  })
}

async function deliver(
  delivery: Delivery,
  store: ObjectStorageSettings,
  reports: ReportFiles | undefined,
): Promise<readonly Statement[]> {
  const { event, tenantId } = delivery
  if (event.type === "device.changed") {
    const contentType = "text/csv; charset=utf-8; header=present"
    await putObject(delivery, store, { key: deviceLogKey(tenantId, event), contentType, body: deviceLogCsv(event) })
  }
  if (event.type === "optimization.completed" && event.status === "CompleteWithSuccess") {
    for (const { name, ...file } of (await reports?.(delivery, tenantId, event.sessionId)) ?? []) {
      await putObject(delivery, store, { key: reportKey(tenantId, event, name), ...file })
    }
  }
  return []
}
