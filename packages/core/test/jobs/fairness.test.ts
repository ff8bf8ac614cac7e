import { sql } from "drizzle-orm"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { setJobLimit } from "../../src/jobs/mod.ts"
import { jobFixture } from "./fixture.ts"

/** Runs jobs and gives the order in which those of each tenant began. */
async function order(
  backlog: readonly {
    readonly tenantId: string
    readonly count: number
    readonly priority?: number
    readonly target?: string
  }[],
  options: { readonly claimSize: number; readonly limit?: boolean },
) {
  const began: string[] = []
  const { enqueue, run, host, store } = await jobFixture(async (_payload, { tenantId }) => {
    began.push(tenantId)
    return {}
  })
  for (const { count, ...job } of backlog) await enqueue(...Array.from({ length: count }, () => job))
  if (options.limit) await setJobLimit(host, { tenantId: "big", maxInFlight: 1_000 })
  await run({ claimSize: options.claimSize, maxJobs: 10_000 })
  store.close()
  return began
}

describe("tenants take turns", () => {
  it("whatever one of them has in line, and of whatever priority", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 300, max: 400 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 10 }),
        fc.constantFrom(1, 3, 10),
        fc.boolean(),
        fc.integer({ min: 1, max: 3 }),
        async (big, small, priority, claimSize, limit, others) => {
          const tenants = Array.from({ length: others }, (_, i) => `small-${i}`)
          const began = await order(
            [
              { tenantId: "big", count: big, priority: 1 },
              ...tenants.map((tenantId) => ({ tenantId, count: small, priority })),
            ],
            { claimSize, limit },
          )
          expect(began).toHaveLength(big + small * others)
          // In each round of claims everyone has a turn: at least its share of one claim, while the rest get at most two
          // claims' worth. However long the big one's line is, it is not in this.
          const rounds = Math.ceil(small / Math.max(1, Math.floor(claimSize / (others + 1))))
          const bound = (rounds + 1) * 2 * Math.max(claimSize, others + 1)
          for (const tenant of tenants) expect(began.lastIndexOf(tenant) + 1).toBeLessThanOrEqual(bound)
        },
      ),
      { numRuns: 10 },
    )
  })

  it.each([1, 8])("also those with many targets, claimed by %i", async (claimSize) => {
    const targets = Array.from({ length: 20 }, (_, i) => ({ tenantId: "big", count: 20, target: `account-${i}` }))
    const began = await order([...targets, { tenantId: "small", count: 20 }], { claimSize })
    expect(began).toHaveLength(420)
    expect(began.lastIndexOf("small")).toBeLessThanOrEqual(41)
  })

  it("while a hundred thousand jobs of one are in line, a claim stays as short as before", {
    timeout: 60_000,
  }, async () => {
    const began: string[] = []
    const { enqueue, run, host, store } = await jobFixture(async (_payload, { tenantId }) => {
      began.push(tenantId)
      return {}
    })
    await enqueue({ id: "first", tenantId: "big", target: "slow" })
    const numbers = JSON.stringify(Array.from({ length: 100_000 }, (_, i) => i))
    await store.unit({ name: "test.many" }, [
      sql`INSERT INTO job (tenant_id, id, queue, type, payload, priority, run_at, max_attempts, target, created_at)
        SELECT tenant_id, 'many-' || n.value, queue, job.type, payload, 1, run_at, max_attempts, target, created_at
        FROM job, json_each(${numbers}) n WHERE true`,
    ])
    await setJobLimit(host, { tenantId: "big", target: "slow", intervalMs: 3_600_000 })
    await enqueue(...Array.from({ length: 10 }, () => ({ tenantId: "small", priority: 10 })))
    expect(await run({ maxJobs: 100 })).toMatchObject({ completed: 11 })
    expect(began.filter((tenant) => tenant === "big")).toHaveLength(1)
    store.close()
  })
})
