import { describe, expect, it } from "vitest"
import { ERROR_CODES, type ErrorCode } from "./codes.ts"
import { CoreError, isCoreError } from "./core-error.ts"

describe("CoreError", () => {
  it.each(Object.keys(ERROR_CODES) as ErrorCode[])("%s has its category and whether a retry makes sense", (code) => {
    const error = new CoreError(code, "Cannot do it")
    expect([error.category, error.retryable]).toEqual([ERROR_CODES[code].category, ERROR_CODES[code].retryable])
    expect(code).toMatch(/^[a-z_]+\.[a-z_]+$/)
    expect(["validation", "integration", "database", "business"]).toContain(error.category)
  })

  it("keeps field, wait and cause where they are given, and has no cause where not", () => {
    const cause = new Error("x")
    const error = new CoreError("input.invalid", "m", { field: "page", retryAfterMs: 5, cause })
    expect(error).toMatchObject({ name: "CoreError", message: "m", field: "page", retryAfterMs: 5, cause })
    expect("cause" in new CoreError("input.invalid", "m")).toBe(false)
  })
})

describe("isCoreError()", () => {
  it("knows the errors of another installed copy, and no others", () => {
    const copy = { code: "store.busy", [Symbol.for("@altaworx/core/error")]: true }
    expect([copy, new CoreError("store.busy", "m")].map((error) => isCoreError(error, "store.busy"))).toEqual([
      true,
      true,
    ])
    expect(isCoreError(copy, "store.closed")).toBe(false)
    for (const other of [undefined, null, "store.busy", new Error("x"), { code: "store.busy" }]) {
      expect(isCoreError(other)).toBe(false)
    }
  })
})
