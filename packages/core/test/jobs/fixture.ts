import { sql } from "drizzle-orm"
import * as v from "valibot"
import {
  enqueueJobs,
  type GaveUpContext,
  handleJob,
  type JobContext,
  type JobFailure,
  type JobHost,
  type JobRequest,
  type JobResult,
  type JobType,
  type RunDueJobsOptions,
  runDueJobs,
} from "../../src/jobs/mod.ts"
import { openStore } from "../../src/store/mod.ts"
import { createClient } from "../../src/store/node/mod.ts"
import { type TestRuntimeOptions, testRuntime } from "../../src/testing/mod.ts"

export const START = Date.UTC(2026, 0, 1)

export interface Payload {
  readonly name: string
}

export function jobType(type: string, more: Partial<JobType<Payload>> = {}): JobType<Payload> {
  return {
    type,
    queue: "test",
    payload: v.object({ name: v.string() }),
    maxAttempts: 3,
    retry: { kind: "fixed", baseMs: 1_000, maxMs: 1_000 },
    leaseMs: 30_000,
    ...more,
  }
}

export interface JobRow {
  readonly tenantId: string
  readonly id: string
  readonly state: string
  readonly attempts: number
  readonly runAt: number
  readonly leaseUntil: number | null
  readonly errorCode: string | null
}

type Handler = (payload: Payload, context: JobContext) => Promise<JobResult>
type GaveUp = (payload: Payload, failure: JobFailure, context: GaveUpContext) => JobResult

/** A platform on a new in-memory database, with one job type and what its handler is told to do. */
export async function jobFixture(
  handler: Handler,
  more: {
    readonly type?: Partial<JobType<Payload>>
    readonly gaveUp?: GaveUp
    readonly runtime?: Partial<TestRuntimeOptions>
    readonly url?: string
  } = {},
) {
  const runtime = testRuntime({ seed: 1, startAt: START, ...more.runtime })
  const store = await openStore({ url: more.url ?? ":memory:", createClient, runtime })
  const type = jobType("test.job", more.type)
  const host: JobHost = { store, runtime, handlers: [handleJob(type, handler, more.gaveUp)] }
  return {
    store,
    runtime,
    clock: runtime.clock,
    host,
    type,
    enqueue: async (...requests: readonly (Partial<JobRequest> & { readonly name?: string })[]) => {
      await store.unit(
        { name: "test.enqueue" },
        enqueueJobs(
          runtime,
          requests.map(({ name, ...request }) => ({
            type: type as JobType<unknown>,
            tenantId: "t1",
            payload: { name: name ?? request.id ?? "job" },
            ...request,
          })),
        ),
      )
    },
    run: (options?: RunDueJobsOptions) => runDueJobs(host, options),
    jobs: () => store.rows<JobRow>(rows),
    job: async (id: string) => (await store.rows<JobRow>(rows)).find((row) => row.id === id),
  }
}

// A leased job is in an attempt that is counted when it ends.
const rows = sql`
  SELECT job.tenant_id AS "tenantId", job.id, CASE WHEN token IS NULL THEN state ELSE 'leased' END AS state,
    attempts + (token IS NOT NULL) AS attempts, run_at AS "runAt", lease_until AS "leaseUntil", error_code AS "errorCode"
  FROM job LEFT JOIN (SELECT c.token, c.lease_until, s.value FROM job_claim c, json_each(c.seqs) s) h ON h.value = seq
  ORDER BY job.id`

/** Leases all jobs in line to a worker that is not there. */
export const leaseTo = (token: string, until: number, at: number = START) => sql`
  INSERT INTO job_claim (token, claimed_at, lease_ms, lease_until, seqs)
  SELECT ${token}, ${at}, 30000, ${until}, json_group_array(seq) FROM job WHERE state = 'ready'`

/** A mark in the database: what a handler did. A second one of the same name breaks a constraint. */
export const mark = (id: string) => sql`INSERT INTO tenant (id, name, created_at) VALUES (${id}, 'mark', 1)`
export const marks = sql`SELECT id FROM tenant ORDER BY id`
