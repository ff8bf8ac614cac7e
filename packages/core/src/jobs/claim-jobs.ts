import type { Platform, Statement, UnitRows } from "../store/mod.ts"
import { type Claim, claimFrom, claimUnderLimits, type FoundLine, leasedJobs, shareOf } from "./claim-statements.ts"
import type { Job } from "./job.ts"
import type { LineRing } from "./line-ring.ts"
import type { Completion } from "./run-job.ts"
import type { HeldJob } from "./statements.ts"

/** A job that was leased, and how it is held. */
export interface LeasedJob {
  readonly job: Job
  readonly held: HeldJob
}

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
  const { lines, leaseToken } = claim
  const [first] = lines
  const claiming: readonly Statement[] =
    first && first.isLimited === 1 ? claimUnderLimits(first, claim) : [claimFrom(lines, claim)]
  const results = await platform.store.unit(completion?.options ?? { name: "jobs.claim" }, [
    ...(completion?.statements ?? []),
    ...claiming,
    leasedJobs(leaseToken, completion?.held),
  ])
  const [row] = (results.at(-1) ?? []) as UnitRows
  const jobs = readJobs((row?.["jobs"] ?? "[]") as string, leaseToken)
  for (const [i, line] of lines.entries()) {
    const given = jobs.filter(({ job }) => isOf(job, line)).length
    if (given < shareOf(claim.limit, lines.length, i)) ring.drop(line)
  }
  return { jobs, isCompleted: row?.["completed"] === (completion?.held.count ?? 0) }
}

function isOf(job: Job, line: FoundLine): boolean {
  return job.tenantId === line.tenantId && job.queue === line.queue && (job.target ?? "") === line.target
}

/** Reads what `leasedJobs` packs, in the order in which they run. */
function readJobs(text: string, leaseToken: string): readonly LeasedJob[] {
  const rows = JSON.parse(text) as readonly (readonly unknown[])[]
  const jobs = rows.map((row) => {
    const [seq, tenantId, id, queue, type, payload, priority, attempts, maxAttempts, runAt, target, ...error] = row
    const [errorCode, errorMessage] = error
    const known = { tenantId, id, queue, type, payload, priority, state: "leased", attempts, maxAttempts, runAt }
    const job = { ...known, target: target === "" ? null : target, errorCode, errorMessage } as Job
    return { job, held: { seq: seq as number, leaseToken } }
  })
  return jobs.sort(byTurn)
}

function byTurn(a: LeasedJob, b: LeasedJob): number {
  return a.job.priority - b.job.priority || a.job.runAt - b.job.runAt || a.held.seq - b.held.seq
}
