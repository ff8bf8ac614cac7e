import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { openStore, type Statement } from "../../src/store/mod.ts"
import {
  countChunk,
  hasLeftovers,
  markMissing,
  missingCandidates,
  nextChunk,
  nextInventoryChunk,
  promoteDevices,
  promoteUsage,
  rejectStagedDevices,
} from "../../src/sync/statements.ts"
import { testRuntime } from "../../src/testing/mod.ts"

const run = { tenantId: "1", id: "r", serviceProviderId: "p", lookback: "since" }
const border = { after: "a", last: "b" }
const chunk = { key: run, serviceProviderId: "p", billingPeriodId: "now", ...border, idPrefix: "i", now: 1 }

describe("the statements of a promotion", () => {
  const statements: readonly (readonly [string, Statement])[] = [
    ["nextChunk", nextChunk(run, "a", 9)],
    ["countChunk", countChunk(chunk)],
    ["promoteDevices", promoteDevices(chunk)],
    ["promoteUsage", promoteUsage(chunk)],
    ["nextInventoryChunk", nextInventoryChunk(run, "p", "a", 9)],
    ["missingCandidates", missingCandidates(run, "p", "a", "b")],
    ["hasLeftovers", hasLeftovers("1", "p")],
    ...rejectStagedDevices(run, border).map((statement, at) => [`rejectStagedDevices ${at}`, statement] as const),
    ["markMissing", markMissing(run, "p", [], 1)[0] as Statement],
  ]

  it.each(statements)("%s touches its chunk and no more", async (_, statement) => {
    const store = await openStore({ url: ":memory:", createClient, runtime: testRuntime({ seed: 1, startAt: 0 }) })
    const plan = await store.rows<{ detail: string }>(sql`EXPLAIN QUERY PLAN ${statement}`)
    const steps = plan.map(({ detail }) => detail)
    // What is scanned is a list that was given, or the chunk itself once it was read.
    const scans = steps.filter(
      (step) => step.startsWith("SCAN ") && !/^SCAN (json_each|\(subquery|CONSTANT ROW|n$)/.test(step),
    )
    expect([steps, scans]).toEqual([steps, []])
    const loose = steps.filter((step) => /^SEARCH (device|usage)_stage|^SEARCH [sudo] /.test(step) && !/AND/.test(step))
    expect(loose).toEqual([])
    store.close()
  })
})
