import { describe, expect, test } from "vitest"
import { randomFrom } from "../../test/make-problem.ts"
import { shareFloor, shareHalfUp } from "./exact-share.ts"

const MOST = Number.MAX_SAFE_INTEGER

/** Amounts, parts and wholes of all sizes, with products on both sides of what doubles hold and quotients next to halves. */
function* cases(): Generator<[amount: number, part: number, whole: number]> {
  yield* [
    [0, 0, 1],
    [1, 1, 2],
    [3, 1, 2],
    [5, 1, 10],
    [49, 1, 100],
    [MOST, MOST, MOST],
    [MOST, 1, 2],
    [MOST - 1, 1, MOST],
    [2 ** 51, 1, 1],
    [2 ** 52 - 1, 1, 2 ** 52 - 1],
    [1, 1, MOST],
    [2 ** 26, 2 ** 26, 3],
  ] satisfies [number, number, number][]
  const random = randomFrom(4711)
  const size = (bits: number): number => Math.floor(random() * 2 ** Math.ceil(random() * bits))
  for (let k = 0; k < 2_000; k++) {
    const whole = 1 + size(52)
    const part = size(52)
    yield [size(52), part, whole]
    // Quotients just below, at and just above a whole number or a half.
    const half = Math.floor(whole / 2)
    for (const rest of [-1, 0, 1, half - 1, half, half + 1]) {
      const amount = size(20) * whole + rest
      if (amount >= 0 && amount <= MOST) yield [amount, 1, whole]
    }
  }
}

describe("shareHalfUp() and shareFloor()", () => {
  test("agree with whole-number arithmetic at every size", () => {
    for (const [amount, part, whole] of cases()) {
      const [a, b, c] = [BigInt(amount), BigInt(part), BigInt(whole)]
      const name = `${amount} x ${part} / ${whole}`
      expect(shareFloor(amount, part, whole), name).toBe(Number((a * b) / c))
      expect(shareHalfUp(amount, part, whole), name).toBe(Number((2n * a * b + c) / (2n * c)))
    }
  })
})
