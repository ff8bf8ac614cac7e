import { describe, expect, it } from "vitest"
import { kilobytesOf, parseDataVolume } from "./data-volume.ts"

describe("parseDataVolume()", () => {
  it.each([
    [0, "B", 0],
    ["5", "MB", 5_242_880],
    [1, "kb", 1_024],
    ["1.5", " Gb ", 1_610_612_736],
    ["0.1", "MB", 104_858],
    [8_191, "TB", 9_006_099_743_113_216],
  ])("reads %s %s", (amount, unit, bytes) => {
    expect(parseDataVolume(amount, unit)).toBe(bytes)
  })

  it.each([
    ["", "MB"],
    [" ", "MB"],
    ["0x10", "MB"],
    ["1e3", "MB"],
    ["-1", "MB"],
    [-0.4, "B"],
    [Number.NaN, "MB"],
    [Number.POSITIVE_INFINITY, "MB"],
    [8_192, "TB"],
    ["1", "MiB"],
    ["1", ""],
    ["1", "constructor"],
  ])("refuses %s %s", (amount, unit) => {
    expect(() => parseDataVolume(amount, unit)).toThrow(RangeError)
  })
})

describe("kilobytesOf()", () => {
  it("rounds up", () => {
    expect([0, 1, 1_023, 1_024, 1_025].map(kilobytesOf)).toEqual([0, 1, 1, 1, 2])
  })
})
