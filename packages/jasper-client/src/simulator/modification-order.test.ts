import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createModificationOrder } from "./modification-order.ts"

/** The carrier's list as one sorted array: slow and obvious. */
function createNaiveOrder(size: number, seededDate: (id: number) => number) {
  const dates = new Map(Array.from({ length: size }, (_, id) => [id, seededDate(id)]))
  const sorted = () => [...dates].sort(([a, dateA], [b, dateB]) => dateA - dateB || a - b)
  return {
    place: (id: number, date: number) => void dates.set(id, date),
    remove: (id: number) => void dates.delete(id),
    ids: () => sorted().map(([id]) => id),
    countBefore: (date: number) => sorted().filter(([, other]) => other < date).length,
  }
}

const change = fc.oneof(
  // A change happens now, at the end of the list …
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("now" as const), id: fc.nat(90) }) },
  // … or a SIM enters with an old date, in the middle …
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("old" as const), id: fc.nat(90), date: fc.nat(400) }) },
  // … or leaves.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("leave" as const), id: fc.nat(90) }) },
)

describe("createModificationOrder()", () => {
  it("reads like a sorted array whatever happens to it", () => {
    fc.assert(
      fc.property(
        fc.nat(60),
        fc.array(change, { maxLength: 120 }),
        fc.integer({ min: 1, max: 9 }),
        (size, changes, tie) => {
          // Ties in the seeded dates: several SIMs of one instant.
          const seededDate = (id: number) => Math.floor(id / tie) * 5
          const order = createModificationOrder(size, seededDate)
          const naive = createNaiveOrder(size, seededDate)
          let now = 400
          for (const step of changes) {
            if (step.kind === "leave") {
              order.remove(step.id)
              naive.remove(step.id)
            } else {
              now += step.id % 3
              const date = step.kind === "now" ? now : step.date
              order.place(step.id, date)
              naive.place(step.id, date)
            }
          }
          const expected = naive.ids()
          expect(order.size).toBe(expected.length)
          for (let position = 0; position <= expected.length + 3; position += 3) {
            expect(order.slice(position, 7)).toEqual(expected.slice(position, position + 7))
          }
          for (const date of [0, 1, 5, 33, 250, 400, now, now + 1]) {
            expect(order.countBefore(date)).toBe(naive.countBefore(date))
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it("keeps its order over many chunks", () => {
    const size = 5_000
    const order = createModificationOrder(size, (id) => id)
    const naive = createNaiveOrder(size, (id) => id)
    for (let i = 0; i < 4_000; i++) {
      const id = (i * 7_919) % size
      const date = i % 4 === 0 ? (i * 31) % size : size + i
      order.place(id, date)
      naive.place(id, date)
    }
    expect(order.slice(0, size)).toEqual(naive.ids())
    expect(order.slice(2_345, 50)).toEqual(naive.ids().slice(2_345, 2_395))
  })
})
