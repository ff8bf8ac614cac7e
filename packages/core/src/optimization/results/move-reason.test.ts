import type { RatePlan } from "@altaworx/optimizer"
import { describe, expect, it } from "vitest"
import { formatVolume } from "./format-volume.ts"
import { moveReason } from "./move-reason.ts"

const MB = 1024
const plan = (id: string, monthly: number, megabytes: number, pool: string | null = null): RatePlan => ({
  id,
  monthly: monthly * 1_000_000,
  included: megabytes * MB,
  pool,
})
const reason = (from: RatePlan, to: RatePlan, megabytes: number, poolPrice = 0) =>
  moveReason({ from, to, usageBytes: megabytes * 1024 ** 2, poolPrice, isFromPermitted: true, exclusion: null })

describe("moveReason()", () => {
  it.each([
    [plan("L", 9, 100), plan("S", 4, 10), 3, 0, "Used 3 MB; S includes 10 MB. Costs 5.00 less a month"],
    [
      plan("S", 4, 10),
      plan("L", 9, 100),
      60,
      0,
      "Used 60 MB, 50 MB above S; L includes 100 MB. Costs 5.00 more a month, less than the overage it avoids",
    ],
    [plan("L", 9, 100), plan("S", 4, 10), 12, 0, "Used 12 MB, 2 MB above the allowance of S. Costs 5.00 less a month"],
    [
      plan("S", 4, 10),
      plan("Pool L", 9, 100, "P"),
      3,
      1_000_000 / MB,
      "Used 3 MB; Pool L includes 100 MB. Costs 5.00 more a month, and brings 97 MB to pool P, worth 97.00 there",
    ],
    [
      plan("S", 9, 10),
      plan("Pool S", 4, 10, "P"),
      12,
      250_000 / MB,
      "Used 12 MB, 2 MB above the allowance of Pool S. Costs 5.00 less a month, and pool P covers the rest, worth 0.50 there",
    ],
    [
      plan("Pool L", 9, 100, "P"),
      plan("Pool S", 4, 10, "P"),
      3,
      0,
      "Used 3 MB; Pool S includes 10 MB. Costs 5.00 less a month; pool P has data to spare",
    ],
    [
      plan("Pool S", 4, 10, "P"),
      plan("S", 4, 10),
      3,
      0,
      "Used 3 MB; S includes 10 MB. Same monthly price, and leaves pool P",
    ],
  ])("%#", (from, to, megabytes, poolPrice, expected) => {
    expect(reason(from, to, megabytes, poolPrice)).toBe(expected)
  })

  it("says why a SIM stays", () => {
    const facts = { from: plan("S", 4, 10), to: plan("S", 4, 10), usageBytes: 0, poolPrice: 0, isFromPermitted: true }
    expect(moveReason({ ...facts, exclusion: null })).toBe("Stays: no permitted rate plan makes the fleet cheaper")
    expect(moveReason({ ...facts, exclusion: "no_permitted_rate_plans" })).toBe(
      "Stays: their communication plan permits no rate plan yet",
    )
  })
})

describe("formatVolume()", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "0.977 KB"],
    [1024, "1 KB"],
    [1_610_612_736, "1.5 GB"],
    [1024 ** 2 * 999.6, "0.976 GB"],
    [2 ** 53, "8 PB"],
  ])("%i is %s", (bytes, expected) => {
    expect(formatVolume(bytes)).toBe(expected)
  })
})
