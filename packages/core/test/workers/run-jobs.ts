// A worker process on a database file: runs jobs until none is waiting. Each job marks the database under its own name,
// in the unit that completes it; a job that took effect twice breaks that table's key. Says `ready`, waits for a line,
// then ends with what it did as JSON; told `forever`, it waits for more instead. Leases are short, for what
// the killed leave behind, unless told otherwise.
import { sql } from "drizzle-orm"
import * as v from "valibot"
import { handleJob, type JobType, runDueJobs } from "../../src/jobs/mod.ts"
import { systemRuntime } from "../../src/ports/mod.ts"
import { openStore } from "../../src/store/mod.ts"
import { createClient } from "../../src/store/node/mod.ts"
import { faultPlan, faultyStore } from "../../src/testing/mod.ts"

const [url = "", claimSize = "1", killAt = "", until = "", leaseMs = "500"] = process.argv.slice(2)
const [point, occurrence] = killAt.split("#")
const runtime = systemRuntime()
const plan = faultPlan({
  onPoint(reached, count) {
    if (reached === point && count === Number(occurrence)) process.kill(process.pid, "SIGKILL")
  },
})
const store = faultyStore(await openStore({ url, createClient, runtime }), plan)
const type: JobType<{ readonly name: string }> = {
  type: "test.mark",
  queue: "test",
  payload: v.object({ name: v.string() }),
  maxAttempts: 20,
  retry: { kind: "fixed", baseMs: 1, maxMs: 1 },
  leaseMs: Number(leaseMs),
}
const handler = handleJob(type, async ({ name }, context) => {
  await context.unit("test.begin", [sql`INSERT INTO test_begun (name) VALUES (${name})`])
  return { statements: [sql`INSERT INTO test_effect (name) VALUES (${name})`] }
})

console.log("ready")
await new Promise((resolve) => process.stdin.once("data", resolve))
const total = { completed: 0, retried: 0, dead: 0, lost: 0 }
for (;;) {
  const result = await runDueJobs({ store, runtime, handlers: [handler] }, { claimSize: Number(claimSize) })
  for (const key of ["completed", "retried", "dead", "lost"] as const) total[key] += result[key]
  if (result.nextDueAt === null && until !== "forever") break
  await runtime.clock.sleep(Math.min(50, Math.max(1, (result.nextDueAt ?? 0) - runtime.clock.now())))
}
console.log(`result ${JSON.stringify(total)}`)
process.exit(0)
