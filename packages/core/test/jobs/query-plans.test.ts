import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import {
  archiveDoneJobs,
  bookStarts,
  deadJobs,
  claimJobs,
  completeJob,
  deleteArchivedJobs,
  leaseFence,
  nextDueAt,
  promoteWaitingJobs,
  redriveJobs,
  releaseLapsedJobs,
  renewLeases,
  unblockJobs,
} from "../../src/jobs/statements.ts"
import { acceptedMessages, deadMessages, deleteAcceptedMessages } from "../../src/jobs/message-statements.ts"
import type { Statement } from "../../src/store/mod.ts"
import { jobFixture, START } from "./fixture.ts"

// Partial indexes are used only where a query repeats their literal condition: one parameter in the wrong place, and
// every claim reads the whole table.
const dialect = new SQLiteSyncDialect()
const types = [{ type: "test.job", leaseMs: 1 }]
const queues = ["one", "two"]
const scope = { types, queues, now: START }
const held = { tenantId: "t1", id: "a", leaseToken: "x" }
const wholeTable = /SCAN (job|f|job_archive|job_message)\b(?!.*USING (COVERING )?INDEX)/

async function planOf(statement: Statement): Promise<string> {
  const { store } = await jobFixture(async () => ({}))
  const { sql: text, params } = dialect.sqlToQuery(statement.getSQL())
  const pieces = text.split("?")
  const query = sql.join(
    pieces.flatMap((piece, i) => (i < params.length ? [sql.raw(piece), sql`${params[i]}`] : [sql.raw(piece)])),
  )
  const rows = await store.rows<{ detail: string }>(sql`EXPLAIN QUERY PLAN ${query}`)
  store.close()
  return rows.map(({ detail }) => detail).join("\n")
}

describe("query plans", () => {
  it.each([
    ["claim of one", claimJobs({ ...scope, isLimited: true, leaseToken: "x", limit: 1 }), ["job_ready", "PRIMARY KEY"]],
    [
      "claim of many",
      claimJobs({ ...scope, isLimited: true, leaseToken: "x", limit: 50 }),
      ["job_ready", "PRIMARY KEY"],
    ],
    [
      "claim of a tenant",
      claimJobs({ ...scope, isLimited: true, tenantId: "t1", leaseToken: "x", limit: 1 }),
      ["job_ready"],
    ],
    ["claim without limits", claimJobs({ ...scope, isLimited: false, leaseToken: "x", limit: 1 }), ["job_ready"]],
    ["lapsed leases", releaseLapsedJobs(START), ["job_leased"]],
    ["waiting jobs", promoteWaitingJobs(START, 10), ["job_waiting"]],
    ["booked starts", bookStarts("x", START), ["job_in_flight"]],
    ["renewal", renewLeases([held], types, START), ["PRIMARY KEY"]],
    ["completion", completeJob(held, START), ["PRIMARY KEY"]],
    ["blocked jobs", unblockJobs(START), ["job_blocked", "PRIMARY KEY"]],
    ["fence", sql`SELECT ${leaseFence(held).holds}`, ["PRIMARY KEY"]],
    ["redrive", redriveJobs("t1", { queue: "one" }, START, 10), ["job_dead"]],
    ["dead letters", deadJobs("t1", { after: "", limit: 10 }), ["job_dead"]],
    ["archive", archiveDoneJobs(START, 10)[0] as Statement, ["job_done"]],
    ["archive's deletion", archiveDoneJobs(START, 10)[2] as Statement, ["job_done"]],
    ["forgetting", deleteArchivedJobs(START, 10), ["job_archive_finished"]],
    ["known messages", acceptedMessages("t1", "x", ["m"]), ["job_message_delivered"]],
    ["dead messages", deadMessages("t1", { source: "x", ids: ["a"], after: "", limit: 9 }), ["job_message_dead"]],
    ["messages' forgetting", deleteAcceptedMessages(START, 10), ["job_message_accepted"]],
    ["next due", nextDueAt(scope), ["job_ready", "job_waiting", "job_leased"]],
  ] as const)("%s", async (_name, statement, indexes) => {
    const plan = await planOf(statement)
    for (const index of indexes) expect(plan).toContain(index)
    expect(plan).not.toMatch(wholeTable)
  })

  it("the claim walks jobs in order and sorts no more than it takes from each queue", async () => {
    const plan = await planOf(claimJobs({ ...scope, isLimited: true, leaseToken: "x", limit: 1 }))
    const lines = plan.split("\n")
    expect(lines.filter((line) => line.includes("INDEX job_ready (queue=?"))).toHaveLength(2)
    // The sorts are of what each queue gave, at most the limit; the walk itself has none.
    for (const [i, line] of lines.entries())
      if (line.includes("job_ready")) expect(lines[i + 1]).not.toContain("B-TREE")
  })
})
