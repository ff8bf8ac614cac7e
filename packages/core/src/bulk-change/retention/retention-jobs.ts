import * as v from "valibot"
import {
  handleJob,
  type JobHandler,
  type JobRequest,
  type JobSchedule,
  type JobType,
  PLATFORM,
} from "../../jobs/mod.ts"
import type { SealingKey } from "../../tenancy/mod.ts"
import { retainBulkChanges } from "./retain-bulk-changes.ts"
import { tenantsWithEnded } from "./retention-statements.ts"

const shared = {
  queue: "bulk-change",
  maxAttempts: 3,
  retry: { kind: "exponential", baseMs: 60_000, maxMs: 600_000 },
  leaseMs: 60_000,
} as const

/** Asks for the work of each tenant, some tenants at a time. */
const RETAIN_ALL: JobType<{ readonly after: string }> = {
  ...shared,
  type: "bulk-change.retain-all",
  payload: v.strictObject({ after: v.optional(v.string(), "") }),
}

const RETAIN: JobType<Readonly<Record<string, never>>> = {
  ...shared,
  type: "bulk-change.retain",
  payload: v.strictObject({}),
}

const TENANTS_AT_ONCE = 100

/** The handlers of what `bulkChangeRetentionSchedule` asks for. */
export function retentionHandlers(sealingKey: SealingKey): readonly JobHandler[] {
  return [
    handleJob(RETAIN_ALL, async ({ after }, { store }) => {
      const tenants = await store.rows<{ tenantId: string }>(tenantsWithEnded(after, TENANTS_AT_ONCE))
      const next: JobRequest[] = tenants.map(({ tenantId }) => ({
        type: RETAIN as JobType<unknown>,
        tenantId,
        payload: {},
        dedupeKey: RETAIN.type,
        priority: 10,
      }))
      const last = tenants.at(-1)?.tenantId
      return { next: tenants.length < TENANTS_AT_ONCE || last === undefined ? next : [...next, retainAll(last)] }
    }),
    handleJob(RETAIN, async (_payload, context) => {
      await retainBulkChanges(context, sealingKey, { tenantId: context.tenantId, signal: context.signal })
      return {}
    }),
  ]
}

function retainAll(after: string): JobRequest {
  return { type: RETAIN_ALL as JobType<unknown>, tenantId: PLATFORM, payload: { after }, priority: 10 }
}

/**
 * When bulk changes that were kept long enough go a step further, for `enqueueScheduledJobs`: of all tenants, of each by its
 * own settings. The jobs are of the queue `bulk-change`.
 *
 * @param schedule `cron` is five fields. @default "47 2 * * *" in UTC
 * @example
 * ```ts
 * import { bulkChangeRetentionSchedule } from "@altaworx/core/bulk-change"
 *
 * console.log(bulkChangeRetentionSchedule().cron) // "47 2 * * *"
 * ```
 */
export function bulkChangeRetentionSchedule(
  schedule: { readonly cron?: string; readonly timeZone?: string } = {},
): JobSchedule {
  const { cron = "47 2 * * *", timeZone = "UTC" } = schedule
  return { name: "bulk-change.retention", cron, timeZone, job: retainAll("") }
}
