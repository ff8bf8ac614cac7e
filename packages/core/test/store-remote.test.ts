import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { runDueJobs } from "../src/jobs/mod.ts"
import { openStore, type Store } from "../src/store/mod.ts"
import { type HranaDouble, hranaDouble } from "./hrana-double.ts"
import { testRuntime } from "../src/testing/mod.ts"
import { jobFixture, mark, marks } from "./jobs/fixture.ts"

let folder: string
let double: HranaDouble
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-remote-"))
  double = hranaDouble(join(folder, "test.db"))
  store = await open()
})
afterEach(() => {
  store.close()
  double.close()
  rmSync(folder, { recursive: true, force: true })
})

const open = () => {
  const runtime = testRuntime({ seed: 1, startAt: 0 })
  return openStore({
    url: "http://127.0.0.1:9",
    runtime,
    createClient: (config) =>
      createClient({ ...config, fetch: (request: Request) => runtime.clock.hold(double.fetch(request)) }),
  })
}
const addTenant = (id: string) =>
  sql`INSERT INTO tenant (id, name, created_at) VALUES (${id}, 'T', 1) ON CONFLICT DO NOTHING`
const tenants = sql`SELECT id FROM tenant ORDER BY id`

describe("a store on a remote database", () => {
  it("writes a unit in one request, and reads in one", async () => {
    const before = double.requests()
    await store.unit({ name: "test.add", fence: { holds: sql`1` } }, [addTenant("a"), addTenant("b"), addTenant("c")])
    expect(double.requests() - before).toBe(1)
    expect(await store.rows(tenants)).toHaveLength(3)
    expect(double.requests() - before).toBe(2)
  })

  it("tries again when the server is away for a moment, and gives up with a word when it stays away", async () => {
    double.faults.statuses.push(502, 503, 503)
    await store.unit({ name: "test.add" }, [addTenant("a")])
    double.faults.statuses.push(503)
    expect(await store.rows(tenants)).toEqual([{ id: "a" }])
    double.faults.statuses.push(503, 503, 503, 503, 503)
    await expect(store.unit({ name: "test.add" }, [addTenant("b")])).rejects.toMatchObject({
      code: "store.unavailable",
      retryable: true,
      message: expect.stringContaining("test.add"),
    })
  })

  it("writes a unit again whose answer was lost, to the same effect", async () => {
    double.faults.lostReplies = 2
    await store.unit({ name: "test.add" }, [addTenant("a")])
    expect(await store.rows(tenants)).toEqual([{ id: "a" }])
  })

  it("needs no stream to outlive a request: a restart in between is not noticed", async () => {
    await store.unit({ name: "test.add" }, [addTenant("a")])
    double.restart()
    await store.unit({ name: "test.add" }, [addTenant("b")])
    expect(await store.rows(tenants)).toHaveLength(2)
  })

  it("says that a token is refused, and does not try again", async () => {
    double.faults.statuses.push(401)
    const before = double.requests()
    await expect(store.rows(tenants)).rejects.toMatchObject({ code: "auth.refused" })
    expect(double.requests() - before).toBe(1)
  })

  it("ends what waits for an answer when it is closed, and does not ask again", async () => {
    double.faults.delayMs = 30
    double.faults.statuses.push(503)
    const before = double.requests()
    const reading = store.rows(tenants)
    const ended = expect(reading).rejects.toMatchObject({ code: "store.closed" })
    await new Promise((resolve) => setTimeout(resolve, 5))
    store.close()
    await ended
    expect(double.requests() - before).toBe(1)
  })

  it("says that an answer was too large", async () => {
    await store.unit({ name: "test.add" }, [addTenant("a")])
    double.faults.maxReplyBytes = 50
    await expect(store.rows(tenants)).rejects.toMatchObject({ code: "store.unavailable" })
  })

  it("migrates when the answer to the migration is lost", async () => {
    const other = hranaDouble(join(folder, "other.db"))
    const runtime = testRuntime({ seed: 1, startAt: 0 })
    let requests = 0
    const opened = await openStore({
      url: "http://127.0.0.1:9",
      runtime,
      createClient: (config) =>
        createClient({
          ...config,
          fetch: (request: Request) => {
            // The first request looks for migrations, the second writes them.
            if (++requests === 2) other.faults.lostReplies = 1
            return runtime.clock.hold(other.fetch(request))
          },
        }),
    })
    expect(await opened.rows(tenants)).toEqual([])
    opened.close()
    other.close()
  })

  it("migrates once when several open the same new database at once, however late its answers are", async () => {
    double.close()
    double = hranaDouble(join(folder, "several.db"))
    double.faults.delayMs = 5
    const before = double.requests()
    const stores = await Promise.all(Array.from({ length: 4 }, open))
    // All of them looked before any of them wrote: more than one tried.
    expect(double.requests() - before).toBeGreaterThan(4 * 2)
    await stores[0]?.unit({ name: "test.add" }, [addTenant("a")])
    for (const one of stores) {
      expect(await one.rows(tenants)).toEqual([{ id: "a" }])
      one.close()
    }
  })

  // Hundreds of requests, which on a busy machine take longer than a test usually may.
  it("runs jobs to one effect each while answers are lost at random", { timeout: 20_000 }, async () => {
    const fixture = await jobFixture(async ({ name }) => ({ statements: [mark(name)] }), { type: { maxAttempts: 20 } })
    const random = testRuntime({ seed: 5, startAt: 0 }).random
    const fetch = double.fetch
    Object.assign(double, {
      fetch: (request: Request) => {
        if (random() < 0.2) double.faults.lostReplies = 1
        return fetch(request)
      },
    })
    const host = { ...fixture.host, store }
    for (let i = 0; i < 30; i++) {
      await store.unit({ name: "test.enqueue" }, [
        sql`INSERT INTO job (tenant_id, id, queue, type, payload, run_at, max_attempts, created_at)
          VALUES ('t1', ${`j${i}`}, 'test', 'test.job', ${JSON.stringify({ name: `j${i}` })}, 0, 20, 0) ON CONFLICT DO NOTHING`,
      ])
    }
    for (let rounds = 0; rounds < 50; rounds++) {
      const { nextDueAt } = await runDueJobs(host)
      if (nextDueAt === null) break
      await fixture.clock.sleep(Math.max(1, nextDueAt - fixture.clock.now()))
    }
    expect(await store.rows(marks)).toHaveLength(30)
    expect(await store.rows(sql`SELECT DISTINCT state FROM job`)).toEqual([{ state: "done" }])
  })
})
