import { createClient } from "../../src/store/node/mod.ts"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { openStore, type Statement } from "../../src/store/mod.ts"
import { countPresent, markMissing } from "../../src/sync/missing-statements.ts"
import { findNews } from "../../src/sync/news-statements.ts"
import { promoteChunk } from "../../src/sync/promotion-statements.ts"
import { discardScan, hasLeftovers } from "../../src/sync/staging-statements.ts"
import { testRuntime } from "../../src/testing/mod.ts"

const run = { tenantId: "1", id: "r", restarts: 0 }
const chunk = {
  key: run,
  serviceProviderId: "p",
  billingPeriodId: "now",
  listsAll: false,
  after: "a",
  last: "b",
  changed: ["b"],
  idPrefix: "i",
  now: 1,
}

const comparison = {
  run,
  serviceProviderId: "p",
  billingPeriodId: "now",
  listsAll: true,
  mayMarkMissing: true,
  after: "a",
  size: 9,
}

describe("the statements of a promotion", () => {
  const statements: readonly (readonly [string, Statement])[] = [
    ["findNews", findNews({ ...comparison, listsAll: false, mayMarkMissing: false })],
    ["findNews of all", findNews(comparison)],
    ...promoteChunk(chunk).map((statement, at) => [`promoteChunk ${at}`, statement] as const),
    ...promoteChunk({ ...chunk, listsAll: true }).map(
      (statement, at) => [`promoteChunk of all ${at}`, statement] as const,
    ),
    ["countPresent", countPresent("1", "p", "a", 9)],
    ["hasLeftovers", hasLeftovers("1", "p")],
    ["discardScan", discardScan(run, 9)],
    ...markMissing(run, "p", [], 1).map((statement, at) => [`markMissing ${at}`, statement] as const),
  ]

  it.each(statements)("%s touches its chunk and no more", async (name, statement) => {
    const store = await openStore({ url: ":memory:", createClient, runtime: testRuntime({ seed: 1, startAt: 0 }) })
    const plan = await store.rows<{ detail: string }>(sql`EXPLAIN QUERY PLAN ${statement}`)
    const steps = plan.map(({ detail }) => detail)
    // What is scanned is a list that was given, or the chunk itself once it was read.
    const scans = steps.filter(
      (step) =>
        step.startsWith("SCAN ") && !/^SCAN (\(subquery|CONSTANT ROW|border$|c$|json_each |c VIRTUAL)/.test(step),
    )
    expect([steps, scans]).toEqual([steps, []])
    // Staging and inventory are walked side by side, and neither is sorted for it: only the three lists of news are.
    const merges = steps.filter((step) => step === "MERGE (EXCEPT)").length
    const sorts = steps.filter((step) => step.startsWith("USE TEMP B-TREE"))
    if (name === "findNews of all") expect([merges, sorts.length]).toEqual([4, 3])
    const loose = steps.filter((step) => /^SEARCH (device|usage)_stage|^SEARCH [sudo] /.test(step) && !/AND/.test(step))
    expect(loose).toEqual([])
    // A device's usage is found by the device, or within the chunk's borders.
    const unbounded = steps.filter((step) => step.startsWith("SEARCH b ") && !/carrier_device_id[=><]/.test(step))
    expect(unbounded).toEqual([])
    store.close()
  })
})
