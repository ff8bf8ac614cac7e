import type { Platform } from "../store/mod.ts"
import { type Claim, claimFrom, claimUnderLimits, type FoundLine, sharesOf } from "./claim-statements.ts"
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
  // Where a unit was written twice, because its first answer was lost, the second finds the jobs leased and gives them too.
  const jobs = readJobs(results.at(-1)?.[0]?.["jobs"] as string, leaseToken)
  const shares = sharesOf(lines, limit)
  for (const [line, share] of shares) {
    const count = shares.size === 1 ? jobs.length : jobs.filter(({ job }) => isOf(job, line)).length
    if (count < share) ring.drop(line)
  }
  return { jobs, isCompleted: completion === undefined || isWhole(completion, results) }
}

function isOf(job: Job, line: FoundLine): boolean {
  return job.tenantId === line.tenantId && job.queue === line.queue && (job.target ?? "") === line.target
}

/** Reads what a claim packs, in the order in which they run. */
function readJobs(text: string, leaseToken: string): readonly LeasedJob[] {
  // By place: taking the rows apart all at once costs as much as the job.
  return (JSON.parse(text) as readonly (readonly unknown[])[])
    .map((packed) => ({
      job: {
        tenantId: packed[2],
        id: packed[3],
        queue: packed[4],
        type: packed[5],
        payload: packed[6],
        priority: packed[7],
        state: "leased",
        attempts: packed[8],
        maxAttempts: packed[9],
        runAt: packed[10],
        target: packed[11] === "" ? null : packed[11],
        errorCode: packed[12],
        errorMessage: packed[13],
      } as Job,
      held: { seq: packed[0] as number, leaseToken },
      hasHeirs: packed[1] !== 0,
    }))
    .sort(byTurn)
}

function byTurn(a: LeasedJob, b: LeasedJob): number {
  return a.job.priority - b.job.priority || a.job.runAt - b.job.runAt || a.held.seq - b.held.seq
}
