import fc from "fast-check"
import { expect, it } from "vitest"
import { adaptiveChunkSize } from "./chunk-size.ts"

/** Chunks on a machine where a row takes `usPerRow` microseconds and every unit `usPerUnit` more. */
async function chunks(most: number, count: number, usPerRow: number, usPerUnit: number) {
  let at = 0
  const size = adaptiveChunkSize({ now: () => at }, most)
  const seen: { readonly rows: number; readonly ms: number }[] = []
  for (let i = 0; i < count; i++) {
    const rows = size.rows()
    const startedAt = at
    await size.timed(async () => {
      at += Math.round((rows * usPerRow + usPerUnit) / 1_000)
    })
    seen.push({ rows, ms: at - startedAt })
  }
  return seen
}

it("comes to chunks of some milliseconds, whatever a row takes, unless that is fewer or more rows than allowed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 2_000 }), async (perRow, perUnit) => {
      const settled = (await chunks(4_000, 40, perRow, perUnit)).slice(20)
      for (const { rows, ms } of settled) {
        expect(rows).toBeGreaterThanOrEqual(250)
        expect(rows).toBeLessThanOrEqual(4_000)
        if (rows > 250) expect(ms).toBeLessThan(10)
        if (rows < 4_000 && rows > 250) expect(ms).toBeGreaterThan(4)
      }
    }),
  )
})

it("is neither ruined by one pause nor by a clock that stands still", async () => {
  let at = 0
  const size = adaptiveChunkSize({ now: () => at }, 4_000)
  const before = size.rows()
  await size.timed(async () => {
    at += 60_000
  })
  expect(size.rows()).toBe(before / 2)
  for (let i = 0; i < 50; i++) await size.timed(async () => undefined)
  expect(size.rows()).toBe(4_000)
})

it("begins with no more than it may take", () => {
  expect(adaptiveChunkSize({ now: () => 0 }, 100).rows()).toBe(100)
})
