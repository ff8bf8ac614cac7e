import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { JOB_TRANSITIONS, type JobEvent } from "../../src/jobs/states.ts"
import { claimFrom, claimUnderLimits, releaseLapsedJobs } from "../../src/jobs/claim-statements.ts"
import { buryJob, completeJobs, redriveJobs, retryJob, returnJob } from "../../src/jobs/statements.ts"
import type { JobState } from "../../src/jobs/mod.ts"
import type { Statement } from "../../src/store/mod.ts"
import { jobFixture, leaseTo, START } from "./fixture.ts"

const now = START + 60_000
const held = { seq: 1, leaseToken: "mine" }
const why = { now, code: "x", message: "y" }
const types = [{ type: "test.job", leaseMs: 30_000 }]
const line = { queue: "test", tenantId: "t1", target: "" }
const claim = { types, queues: ["test"], now, leaseToken: "next", limit: 1 }

const EVENTS: Readonly<Record<JobEvent, () => readonly Statement[]>> = {
  claim: () => [...claimFrom([line], claim), ...claimUnderLimits(line, claim)],
  complete: () => completeJobs({ seqs: "[1]", count: 1, isAll: true, leaseToken: "mine" }, now),
  retry: () => retryJob(held, { ...why, runAt: now, countAttempt: true }),
  return: () => returnJob(held, now),
  lapse: () => releaseLapsedJobs(now),
  bury: () => buryJob(held, why),
  redrive: () => [redriveJobs("t1", {}, now, 10)],
}

const PAIRS = (Object.keys(JOB_TRANSITIONS) as JobState[]).flatMap((state) =>
  (Object.keys(EVENTS) as JobEvent[]).map(
    (event) => [event, state, JOB_TRANSITIONS[state][event] ?? state, JOB_TRANSITIONS[state][event]] as const,
  ),
)

describe.each(PAIRS)("%s of a job that is %s", (event, state, expected, transition) => {
  const prepare = async () => {
    const fixture = await jobFixture(async () => ({}))
    await fixture.enqueue({ id: "a" })
    await fixture.store.unit(
      { name: "test.prepare" },
      state === "leased"
        ? [sql`UPDATE job SET attempts = 1`, leaseTo("mine", now)]
        : [sql`UPDATE job SET state = ${state}, attempts = 2, finished_at = ${state === "ready" ? null : START}`],
    )
    return fixture
  }

  it(`leaves it ${expected}`, async () => {
    const { store, job } = await prepare()
    await store.unit({ name: "test.event" }, EVENTS[event]())
    const row = await job("a")
    expect(row?.state).toBe(expected)
    // Only what is leased has a lease; a claim counts, a return takes the count back, a redrive begins anew.
    expect(row?.leaseUntil).toBe(expected === "leased" ? (event === "claim" && transition ? now + 30_000 : now) : null)
    expect(await store.rows(sql`SELECT token FROM job_claim`)).toHaveLength(expected === "leased" ? 1 : 0)
    const counted = { claim: 3, return: 1, redrive: 0 } as Partial<Record<JobEvent, number>>
    expect(row?.attempts).toBe(transition ? (counted[event] ?? 2) : 2)
  })

  it("does nothing to a job that another worker holds", async () => {
    if (state !== "leased" || event === "lapse") return
    const { store, job } = await prepare()
    await store.unit({ name: "test.theirs" }, [sql`UPDATE job_claim SET token = 'theirs'`])
    await store.unit({ name: "test.event" }, EVENTS[event]())
    expect(await job("a")).toMatchObject({ state: "leased", attempts: 2, leaseUntil: now })
  })
})
