import { CoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import { nextFireAt, parseCron } from "./cron.ts"
import { enqueueJob } from "./enqueue.ts"
import type { JobRequest } from "./job.ts"
import { schedulesByKey, upsertSchedule } from "./statements.ts"

/** A job that recurs. */
export interface JobSchedule {
  /** Names the schedule within its tenant. */
  readonly name: string
  /** Minute, hour, day of month, month, day of week: `0 6 * * 1-5`. */
  readonly cron: string
  /** IANA zone. @default "UTC" */
  readonly timeZone?: string
  readonly job: Omit<JobRequest, "id" | "runAt" | "after">
}

interface StoredSchedule {
  readonly tenantId: string
  readonly name: string
  readonly rule: string
  readonly nextAt: number
}

/**
 * Adds the jobs of all schedules whose time has come, each firing once, however many processes call this. Firings that
 * were missed while nobody called are made up for by one. A schedule that is new, or whose rule changed, first fires at
 * its next time.
 *
 * @returns When the next schedule fires, epoch milliseconds; `null` for no schedules.
 * @throws {CoreError} `input.invalid` for a rule that is none or never fires. Nothing of that schedule was written.
 */
export async function enqueueScheduledJobs(
  core: Platform,
  schedules: readonly JobSchedule[],
): Promise<{ readonly nextAt: number | null }> {
  const keys = schedules.map(({ name, job }) => ({ tenantId: job.tenantId, name }))
  const stored = await core.store.rows<StoredSchedule>(schedulesByKey(keys))
  const nextAts: number[] = []
  for (const schedule of schedules) {
    const { name, job } = schedule
    const rule = `${schedule.cron} ${schedule.timeZone ?? "UTC"}`
    const known = stored.find((one) => one.tenantId === job.tenantId && one.name === name && one.rule === rule)
    const now = core.runtime.clock.now()
    if (known && known.nextAt > now) {
      nextAts.push(known.nextAt)
      continue
    }
    const nextAt = fireAfter(schedule, now)
    // The id is the firing's: another process that sees it due adds the same job, which is there then.
    const firing = known && [enqueueJob(core.runtime, { ...job, id: `${name}@${known.nextAt}`, runAt: known.nextAt })]
    await core.store.unit({ name: "jobs.schedule" }, [
      ...(firing ?? []),
      upsertSchedule({ tenantId: job.tenantId, name, rule, nextAt }),
    ])
    nextAts.push(nextAt)
  }
  return { nextAt: nextAts.length === 0 ? null : Math.min(...nextAts) }
}

function fireAfter({ name, cron, timeZone = "UTC" }: JobSchedule, now: number): number {
  const next = nextFireAt(parseCron(cron), timeZone, now)
  if (next !== undefined) return next
  throw new CoreError("input.invalid", `Cannot schedule ${name}: "${cron}" in ${timeZone} never comes`, {
    field: "cron",
  })
}
