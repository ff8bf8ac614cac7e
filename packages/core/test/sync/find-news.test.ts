import { createClient } from "../../src/store/node/mod.ts"
import { sql } from "drizzle-orm"
import { expect, it } from "vitest"
import fc from "fast-check"
import { openStore } from "../../src/store/mod.ts"
import { findNews, type News } from "../../src/sync/news-statements.ts"
import { testRuntime } from "../../src/testing/mod.ts"

// What is known of a device on either side: nothing, or one of two contents; and what it used, where it has a row of usage.
const side = fc.record({
  content: fc.constantFrom(null, "x", "y"),
  used: fc.constantFrom(null, 0, 1, 2),
  is: fc.constantFrom("well", "well", "rejected or missing"),
})
const fleets = fc.array(fc.tuple(side, side), { maxLength: 12 })

it("finds whatever differs between staging and inventory, and nothing else, in steps of any size", {
  timeout: 30_000,
}, async () => {
  const store = await openStore({ url: ":memory:", createClient, runtime: testRuntime({ seed: 1, startAt: 0 }) })
  const insert = (table: string, columns: string, rows: readonly (readonly unknown[])[]) => {
    const values = columns.split(", ").map((_, at) => sql.raw(`value->>${at}`))
    return sql`INSERT INTO ${sql.raw(table)} (tenant_id, ${sql.raw(columns)}) SELECT '1', ${sql.join(values, sql`, `)}
      FROM json_each(${JSON.stringify(rows)})`
  }
  const emptied = ["device_stage", "usage_stage", "device", "device_usage"].map((table) =>
    sql.raw(`DELETE FROM ${table}`),
  )
  await fc.assert(
    fc.asyncProperty(fleets, fc.integer({ min: 1, max: 13 }), fc.boolean(), async (fleet, size, listsAll) => {
      const devices = fleet.map(([staged, stored], at) => ({ id: `d${String(at).padStart(2, "0")}`, staged, stored }))
      const [known, listed] = [devices.filter((d) => d.stored.content), devices.filter((d) => d.staged.content)]
      const storedUsage = ({ stored }: { stored: { content: string | null; used: number | null } }) =>
        stored.content === null ? null : stored.used
      await store.unit({ name: "test.fill" }, [
        ...emptied,
        insert(
          "device_stage",
          "sync_run_id, carrier_device_id, content_hash, rejection, staged_at",
          listed.map(({ id, staged }) => ["r", id, staged.content, staged.is === "well" ? null : "no", 1]),
        ),
        insert(
          "usage_stage",
          "sync_run_id, carrier_device_id, bytes, sms_count, parts",
          devices.filter(({ staged }) => staged.used !== null).map(({ id, staged }) => ["r", id, staged.used, 0, "{}"]),
        ),
        insert(
          "device",
          "service_provider_id, carrier_device_id, id, iccid, iccid_key, status, carrier_status, content_hash, missing_since, created_at, changed_at",
          known.map(({ id, stored }) => {
            return ["p", id, id, id, id, "active", "A", stored.content, stored.is === "well" ? null : 1, 1, 1]
          }),
        ),
        insert(
          "device_usage",
          "service_provider_id, billing_period_id, carrier_device_id, bytes, sms_count, updated_at",
          devices
            .filter((one) => storedUsage(one) !== null)
            .map(({ id, stored }) => ["p", "now", id, stored.used, 0, 1]),
        ),
      ])
      const found = { changed: [] as string[], absent: [] as string[] }
      for (let after = ""; ; ) {
        const comparison = {
          run: { tenantId: "1", id: "r" },
          serviceProviderId: "p",
          billingPeriodId: "now",
          listsAll,
          mayMarkMissing: listsAll,
          after,
          size,
        }
        const [step] = await store.rows<News>(findNews(comparison))
        if (!step?.last) break
        found.changed.push(...(JSON.parse(step.changed) as string[]))
        found.absent.push(...(JSON.parse(step.absent) as string[]))
        after = step.last
      }
      const wanted = { changed: [] as string[], absent: [] as string[] }
      for (const device of devices) {
        const { id, staged, stored } = device
        const isKnown = stored.content !== null && stored.is === "well"
        const isListed = staged.content !== null && staged.is === "well"
        const usesOther = (staged.used ?? 0) !== (storedUsage(device) ?? 0)
        const isStaged = staged.content !== null || staged.used !== null
        const isNews = (isListed && !(isKnown && stored.content === staged.content)) || usesOther
        if (isNews && (listsAll || isStaged)) wanted.changed.push(id)
        if (listsAll && isKnown && staged.content === null) wanted.absent.push(id)
      }
      expect(found).toEqual(wanted)
    }),
    { numRuns: 150 },
  )
  store.close()
})
