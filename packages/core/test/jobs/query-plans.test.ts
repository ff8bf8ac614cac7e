import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { archiveDoneJobs, deleteArchivedJobs, nextToArchive } from "../../src/jobs/archive-statements.ts"
import { attemptsOf, logAttempts } from "../../src/jobs/attempt-statements.ts"
import {
  claimFrom,
  claimUnderLimits,
  dueLines,
  leasedJobs,
  needsCare,
  nextWaitEnds,
  promoteWaitingJobs,
  releaseLapsedJobs,
  unblockHeirs,
} from "../../src/jobs/claim-statements.ts"
import { leaseFence, renewClaims } from "../../src/jobs/lease-statements.ts"
import { acceptedMessages, deadMessages, deleteAcceptedMessages } from "../../src/jobs/message-statements.ts"
import {
  completeJobs,
  completionFence,
  countCompleted,
  deadJobs,
  redriveJobs,
  retryJob,
} from "../../src/jobs/statements.ts"
import type { Statement } from "../../src/store/mod.ts"
import { jobFixture, START } from "./fixture.ts"

// Partial indexes are used only where a query repeats their literal condition: one parameter in the wrong place, and
// every claim reads the whole table.
const dialect = new SQLiteSyncDialect()
const types = [{ type: "test.job", leaseMs: 1 }]
const queues = ["one", "two"]
const scope = { types, queues, now: START }
const held = { seq: 1, leaseToken: "x" }
const together = { seqs: "[1,2]", count: 2, isAll: true, leaseToken: "x" }
const why = { runAt: START, now: START, code: "x", message: "y", countAttempt: true }
const line = { queue: "one", tenantId: "t1", target: "" }
const claim = { ...scope, leaseToken: "x", limit: 50 }
const wholeTable = /SCAN (job|f|n|j|c|e|r|job_archive|job_attempt|job_message)\b(?!.*USING (COVERING )?INDEX)/

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
    ["due lines", dueLines(scope), ["job_ready", "INTEGER PRIMARY KEY"]],
    ["due lines of a tenant", dueLines({ ...scope, tenantId: "t1" }), ["job_ready"]],
    ["claim", claimFrom([line], claim)[0] as Statement, ["job_ready"]],
    ["claim from many", claimFrom([line, { ...line, queue: "two" }], claim)[0] as Statement, ["job_ready"]],
    ["claim under limits", claimUnderLimits(line, claim)[0] as Statement, ["job_ready", "INTEGER PRIMARY KEY"]],
    ["leased jobs", leasedJobs("x"), ["job_claim_1", "INTEGER PRIMARY KEY"]],
    ["completed jobs", countCompleted(together), ["INTEGER PRIMARY KEY"]],
    ["care", needsCare(START), ["job_waiting", "job_heirs"]],
    ["lapsed leases", releaseLapsedJobs(START)[1] as Statement, ["INTEGER PRIMARY KEY"]],
    ["lapsed attempts", releaseLapsedJobs(START)[0] as Statement, ["INTEGER PRIMARY KEY"]],
    [
      "an attempt",
      logAttempts(sql`h.token = 'x' AND s.value = 1`, { outcome: "dead", now: START }),
      ["INTEGER PRIMARY KEY"],
    ],
    ["attempts", attemptsOf("t1", "a"), ["job_attempt_job", "job_id", "PRIMARY KEY"]],
    ["waiting jobs", promoteWaitingJobs(START, 10), ["job_waiting"]],
    ["renewal", renewClaims(["x"], START), ["job_claim_1"]],
    ["completion", completeJobs(together, START)[0] as Statement, ["INTEGER PRIMARY KEY"]],
    ["completion of some", completeJobs({ ...together, isAll: false }, START)[0] as Statement, ["INTEGER PRIMARY KEY"]],
    ["completion's fence", sql`SELECT ${completionFence(together).holds}`, ["INTEGER PRIMARY KEY"]],
    ["heirs", unblockHeirs(START)[0] as Statement, ["job_heirs", "job_lane", "job_parent_parent", "job_id"]],
    ["heirs' end", unblockHeirs(START)[1] as Statement, ["job_heirs"]],
    ["fence", sql`SELECT ${leaseFence(held).holds}`, ["job_claim_1"]],
    ["retry", retryJob(held, why)[1] as Statement, ["INTEGER PRIMARY KEY"]],
    ["end of a claim's part", retryJob(held, why)[2] as Statement, ["job_claim_1"]],
    ["redrive", redriveJobs("t1", { queue: "one" }, START, 10), ["job_dead"]],
    ["dead letters", deadJobs("t1", { after: "", limit: 10 }), ["job_dead"]],
    ["what to archive", nextToArchive(0, START, 10), ["INTEGER PRIMARY KEY"]],
    ["archive", archiveDoneJobs({ after: 0, last: 9 }, START)[0] as Statement, ["INTEGER PRIMARY KEY"]],
    ["archive's deletion", archiveDoneJobs({ after: 0, last: 9 }, START)[2] as Statement, ["INTEGER PRIMARY KEY"]],
    ["forgetting", deleteArchivedJobs(START, 10)[1] as Statement, ["job_archive_finished"]],
    ["forgetting attempts", deleteArchivedJobs(START, 10)[0] as Statement, ["job_attempt_job"]],
    ["known messages", acceptedMessages("t1", "x", ["m"]), ["job_message_delivered"]],
    ["dead messages", deadMessages("t1", { source: "x", ids: ["a"], after: "", limit: 9 }), ["job_message_dead"]],
    ["messages' forgetting", deleteAcceptedMessages(START, 10), ["job_message_accepted"]],
    ["next due", nextWaitEnds(scope), ["job_waiting", "INTEGER PRIMARY KEY"]],
  ] as const)("%s", async (_name, statement, indexes) => {
    const plan = await planOf(statement)
    for (const index of indexes) expect(plan).toContain(index)
    expect(plan).not.toMatch(wholeTable)
  })

  it("due lines are found by jumps, within a tenant too", async () => {
    expect(await planOf(dueLines(scope))).toMatch(/job_ready \(queue=\? AND tenant_id=\? AND target>\?\)/)
  })

  it("the claim walks jobs in order and sorts nothing", async () => {
    expect(await planOf(claimFrom([line], claim)[0] as Statement)).not.toContain("B-TREE")
  })
})
