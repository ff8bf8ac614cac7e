import type { Platform, UnitRows } from "../store/mod.ts"
import { type Claim, claimFrom, claimUnderLimits, type FoundLine, leasedJobs, shareOf } from "./claim-statements.ts"
import type { Job } from "./job.ts"
import type { LineRing } from "./line-ring.ts"
import type { LeasedJob } from "./claimed-job.ts"
import { type Completion, isWhole } from "./completion.ts"

/** What a claim gave. */
export interface Claimed {
  readonly jobs: readonly LeasedJob[]
  /** Whether all jobs of the completion before it are completed. */
  readonly isCompleted: boolean
}

/**
 * Leases jobs of lines whose turn it is, in the unit that completes the ones before, where there are some. A claim is
 * idempotent: written again under the same token it gives the same jobs.
 */
export async function claimJobs(
  platform: Platform,
  ring: LineRing,
  claim: Claim & { readonly lines: readonly FoundLine[] },
  completion?: Completion,
): Promise<Claimed> {
  const { lines, limit, leaseToken } = claim
  const [first] = lines
  const before = completion?.statements ?? []
  const claiming = first?.isLimited === 1 ? claimUnderLimits(first, claim) : claimFrom(lines, claim)
  const results = await platform.store.unit(completion?.options ?? { name: "jobs.claim" }, [...before, ...claiming])
  const given = results.slice(before.length).flat()
  // Where a unit was written twice, because its first answer was lost, the second finds the jobs leased.
  const rows = given.length > 0 ? given : await platform.store.rows<UnitRows[number]>(leasedJobs(leaseToken))
  const jobs = readJobs(rows, leaseToken)
  for (const [i, line] of lines.entries()) {
    const count = jobs.filter(({ job }) => isOf(job, line)).length
    if (count < shareOf(limit, lines.length, i)) ring.drop(line)
  }
  return { jobs, isCompleted: completion === undefined || isWhole(completion, results) }
}

function isOf(job: Job, line: FoundLine): boolean {
  return job.tenantId === line.tenantId && job.queue === line.queue && (job.target ?? "") === line.target
}

/** Reads what a claim packs, in the order in which they run. */
function readJobs(rows: UnitRows, leaseToken: string): readonly LeasedJob[] {
  const all = rows.flatMap((row) => JSON.parse(row["jobs"] as string) as readonly (readonly unknown[])[])
  const jobs = all.map((packed) => {
    const [seq, heirs, tenantId, id, queue, type, payload, priority, attempts, maxAttempts, runAt, target, ...error] =
      packed
    const [errorCode, errorMessage] = error
    const known = { tenantId, id, queue, type, payload, priority, state: "leased", attempts, maxAttempts, runAt }
    const job = { ...known, target: target === "" ? null : target, errorCode, errorMessage } as Job
    return { job, held: { seq: seq as number, leaseToken }, hasHeirs: heirs !== 0 }
  })
  return jobs.sort(byTurn)
}

function byTurn(a: LeasedJob, b: LeasedJob): number {
  return a.job.priority - b.job.priority || a.job.runAt - b.job.runAt || a.held.seq - b.held.seq
}
