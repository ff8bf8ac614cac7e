import { describe, expect, it } from "vitest"
import { iccidKey, parseIccid } from "./iccid.ts"
import { parseEid, parseImei, parseMsisdn } from "./subscriber-identifiers.ts"

describe("parseIccid()", () => {
  it.each([
    ["8901260123456789012", "8901260123456789012"],
    ["89012601234567890123", "89012601234567890123"],
    ["8901 2601 2345 6789 012", "8901260123456789012"],
  ])("reads %s", (text, iccid) => {
    expect(parseIccid(text)).toBe(iccid)
  })

  it.each([
    "",
    "890126012345678901",
    "890126012345678901234",
    "8801260123456789012",
    "89O1260123456789012",
    "89-0126012345678901",
  ])("refuses %s, without repeating its digits", (text) => {
    expect(() => parseIccid(text)).toThrow(RangeError)
    expect(() => parseIccid(text)).not.toThrow(new RegExp(text.slice(2, 12) || "digits that begin with 88"))
  })

  it("takes numbers with and without their check digit for one SIM", () => {
    expect(iccidKey(parseIccid("89012601234567890123"))).toBe(iccidKey(parseIccid("8901260123456789012")))
    expect(iccidKey(parseIccid("89012601234567890133"))).not.toBe(iccidKey(parseIccid("8901260123456789012")))
  })
})

describe("the identifiers of subscribers", () => {
  it("are read with blanks, and a phone number with its plus", () => {
    expect(parseMsisdn("+1 202 555 0123")).toBe("12025550123")
    expect(parseImei("35 209900 176148 1")).toBe("352099001761481")
    expect(parseEid("89049032".padEnd(32, "0"))).toHaveLength(32)
  })

  it.each([
    ["a short MSISDN", () => parseMsisdn("1234")],
    ["a long MSISDN", () => parseMsisdn("1234567890123456")],
    ["letters", () => parseMsisdn("1-800-FLOWERS")],
    ["two pluses", () => parseMsisdn("++12025550123")],
    ["a short IMEI", () => parseImei("3520990017614")],
    ["a short EID", () => parseEid("8904")],
  ])("refuses %s", (_name, parse) => {
    expect(parse).toThrow(RangeError)
  })
})
