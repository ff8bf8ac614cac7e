import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatMoney, parseMicroUnits } from "./money.ts"

describe("parseMicroUnits()", () => {
  it.each([
    ["0", 0],
    ["2.50", 2_500_000],
    [2.5, 2_500_000],
    ["0.000001", 1],
    [" 1.1 ", 1_100_000],
    ["-3.25", -3_250_000],
    ["9007199254.740991", Number.MAX_SAFE_INTEGER],
    ["007", 7_000_000],
  ])("reads %s", (price, micro) => {
    expect(parseMicroUnits(price)).toBe(micro)
  })

  it("reads minus nothing as nothing", () => {
    expect(Object.is(parseMicroUnits("-0.00"), 0)).toBe(true)
  })

  it.each([
    "",
    " ",
    ".5",
    "5.",
    "1,5",
    "1 000",
    "1e3",
    "0x10",
    "2.5000001",
    "9007199254.740992",
    "NaN",
    "Infinity",
    "$5",
    1e-7,
    1e21,
    Number.NaN,
  ])("refuses %s", (price) => {
    expect(() => parseMicroUnits(price)).toThrow(RangeError)
  })

  it("is exact for every decimal that it takes", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (micro) => {
        const digits = String(Math.abs(micro)).padStart(7, "0")
        const text = `${micro < 0 ? "-" : ""}${digits.slice(0, -6)}.${digits.slice(-6)}`
        expect(parseMicroUnits(text)).toBe(micro)
      }),
    )
  })
})

describe("formatMoney()", () => {
  it.each([
    [0, "0.00"],
    [1, "0.00"],
    [4_999, "0.00"],
    [5_000, "0.01"],
    [-4_999, "0.00"],
    [-5_000, "-0.01"],
    [1_234_567_890n, "1,234.57"],
    [999_995_000, "1,000.00"],
    [-1_000_000_000_000n, "-1,000,000.00"],
    [10n ** 24n, "1,000,000,000,000,000,000.00"],
  ])("writes %s", (micro, text) => {
    expect(formatMoney(micro)).toBe(text)
  })
})
