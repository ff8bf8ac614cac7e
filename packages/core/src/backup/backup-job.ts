import * as v from "valibot"
import { handleJob, type JobHandler, type JobSchedule, type JobType, PLATFORM } from "../jobs/mod.ts"
import { type BackupRetention, type Backups, expiredBackups } from "./backups.ts"

const TAKE_BACKUP: JobType<Readonly<Record<string, never>>> = {
  type: "backup.take",
  // A queue of its own: copying a file keeps its process busy, so a large one is left to a process of its own.
  queue: "backup",
  payload: v.strictObject({}),
  maxAttempts: 3,
  retry: { kind: "exponential", baseMs: 60_000, maxMs: 600_000 },
  // Nothing is renewed while the copy is made.
  leaseMs: 30 * 60_000,
}

/** The handler of the backup job: takes a backup, then removes those that need not be kept any longer. */
export function backupHandlers(backups: Backups, retention: BackupRetention = {}): readonly JobHandler[] {
  return [
    handleJob(TAKE_BACKUP, async (_payload, { runtime }) => {
      await backups.take()
      for (const { name } of expiredBackups(await backups.list(), runtime.clock.now(), retention)) {
        await backups.remove(name)
      }
      return {}
    }),
  ]
}

/**
 * When backups are taken, for `enqueueScheduledJobs`.
 *
 * @param schedule `cron` is five fields. @default "17 3 * * *" in UTC
 * @example
 * ```ts
 * import { backupSchedule } from "@altaworx/core/backup"
 *
 * console.log(backupSchedule({ cron: "0 * * * *" }).job.type.queue) // "backup"
 * ```
 */
export function backupSchedule(schedule: { readonly cron?: string; readonly timeZone?: string } = {}): JobSchedule {
  const { cron = "17 3 * * *", timeZone = "UTC" } = schedule
  return { name: "backup", cron, timeZone, job: { type: TAKE_BACKUP, tenantId: PLATFORM, payload: {} } }
}
