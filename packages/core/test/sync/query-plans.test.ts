import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { openStore, type Statement } from "../../src/store/mod.ts"
import { countPresent, markMissing, missingCandidates } from "../../src/sync/missing-statements.ts"
import { nextChunk, promoteChunk } from "../../src/sync/promotion-statements.ts"
import { hasLeftovers } from "../../src/sync/staging-statements.ts"
import { testRuntime } from "../../src/testing/mod.ts"

const run = { tenantId: "1", id: "r", restarts: 0 }
const chunk = {
  key: run,
  serviceProviderId: "p",
  billingPeriodId: "now",
  listsAll: false,
  after: "a",
  last: "b",
  idPrefix: "i",
  now: 1,
}

describe("the statements of a promotion", () => {
  const statements: readonly (readonly [string, Statement])[] = [
    ["nextChunk", nextChunk(run, "a", 9, false)],
    ["nextChunk of all", nextChunk(run, "a", 9, true)],
    ...promoteChunk(chunk).map((statement, at) => [`promoteChunk ${at}`, statement] as const),
    ...promoteChunk({ ...chunk, listsAll: true }).map(
      (statement, at) => [`promoteChunk of all ${at}`, statement] as const,
    ),
    ["missingCandidates", missingCandidates(run, "p", "a", 9)],
    ["countPresent", countPresent("1", "p", "a", 9)],
    ["hasLeftovers", hasLeftovers("1", "p")],
    ...markMissing(run, "p", [], 1).map((statement, at) => [`markMissing ${at}`, statement] as const),
  ]

  it.each(statements)("%s touches its chunk and no more", async (_, statement) => {
    const store = await openStore({ url: ":memory:", createClient, runtime: testRuntime({ seed: 1, startAt: 0 }) })
    const plan = await store.rows<{ detail: string }>(sql`EXPLAIN QUERY PLAN ${statement}`)
    const steps = plan.map(({ detail }) => detail)
    // What is scanned is a list that was given, or the chunk itself once it was read.
    const scans = steps.filter(
      (step) => step.startsWith("SCAN ") && !/^SCAN (json_each|\(subquery|CONSTANT ROW|c$|n$|news$|valid$)/.test(step),
    )
    expect([steps, scans]).toEqual([steps, []])
    const loose = steps.filter((step) => /^SEARCH (device|usage)_stage|^SEARCH [sudo] /.test(step) && !/AND/.test(step))
    expect(loose).toEqual([])
    // A device's usage is found by the device, or within the chunk's borders.
    const unbounded = steps.filter((step) => step.startsWith("SEARCH b ") && !/carrier_device_id[=><]/.test(step))
    expect(unbounded).toEqual([])
    store.close()
  })
})
