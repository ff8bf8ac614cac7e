import { describe, expect, test } from "vitest"
import { randomFrom } from "../../test/make-problem.ts"
import { sortKeys } from "./sort-order.ts"

describe("sortKeys()", () => {
  test("sorts as comparing does, keys of every size, equal keys in the order they come in", () => {
    const random = randomFrom(5)
    for (const count of [0, 1, 100, 5000]) {
      for (const most of [1, 4095, 4096, 2 ** 24, 2 ** 32 - 2, 2 ** 32 + 50, Number.MAX_SAFE_INTEGER]) {
        const keys = Float64Array.from({ length: count }, () => Math.floor(random() ** 3 * (most + 1)))
        const wanted = Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]! || a - b)
        const sorted = sortKeys(keys)
        expect(Array.from(sorted.order), `${count} up to ${most}`).toEqual(wanted)
        expect(Array.from(sorted.keys)).toEqual(wanted.map((i) => keys[i]!))
      }
    }
  })
})
