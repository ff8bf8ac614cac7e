import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { afterEach, beforeEach, expect, it } from "vitest"
import { enqueueJobs, runDueJobs } from "../../src/jobs/mod.ts"
import { openStore, type Store } from "../../src/store/mod.ts"
import { testRuntime } from "../../src/testing/mod.ts"
import { type HranaDouble, hranaDouble } from "../hrana-double.ts"
import { jobFixture } from "./fixture.ts"

let folder: string
let double: HranaDouble
let store: Store
const bodies: string[] = []
let loses = (_body: string) => false
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-jobs-remote-"))
  double = hranaDouble(join(folder, "test.db"))
  const runtime = testRuntime({ seed: 1, startAt: 0 })
  loses = () => false
  store = await openStore({
    url: "http://127.0.0.1:9",
    runtime,
    createClient: (config) =>
      createClient({
        ...config,
        fetch: (request: Request) => {
          const answer = async () => {
            const body = await request.clone().text()
            bodies.push(body)
            if (loses(body)) double.faults.lostReplies = 1
            return double.fetch(request)
          }
          return runtime.clock.hold(answer())
        },
      }),
  })
})
afterEach(() => {
  store.close()
  double.close()
  rmSync(folder, { recursive: true, force: true })
})

async function withJobs(count: number) {
  const fixture = await jobFixture(async () => ({}))
  const request = { type: fixture.type as never, tenantId: "t1", payload: { name: "x" } }
  await store.unit({ name: "test.enqueue" }, enqueueJobs(fixture.runtime, Array(count).fill(request)))
  bodies.length = 0
  return { ...fixture.host, store }
}

it("jobs on a remote database take few requests, and no stream that outlives one", async () => {
  const host = await withJobs(2_000)
  expect(await runDueJobs(host, { claimSize: 100, maxJobs: 2_000 })).toMatchObject({ completed: 2_000 })
  expect(bodies.length / 2_000).toBeLessThanOrEqual(0.03)
  for (const body of bodies) {
    const { baton, requests } = JSON.parse(body) as { baton: unknown; requests: { type: string }[] }
    // An interactive transaction goes on in the stream of its first request, by its baton.
    expect(baton ?? null).toBeNull()
    expect(requests.at(-1)?.type).toBe("close")
  }
})

it("a claim or a completion whose answer is lost leases and completes no job twice, and forgets none", async () => {
  const host = await withJobs(60)
  let units = 0
  loses = (body) => body.includes("INSERT INTO job_claim") && ++units % 2 === 0
  expect(await runDueJobs(host, { claimSize: 10 })).toMatchObject({ completed: 60, lost: 0, nextDueAt: null })
  expect(units).toBeGreaterThan(6)
  expect(await store.rows(sql`SELECT state, attempts, count(*) AS count FROM job GROUP BY 1, 2`)).toEqual([
    { state: "done", attempts: 1, count: 60 },
  ])
})
