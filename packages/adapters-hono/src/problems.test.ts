import { CoreError, ERROR_CODES, type ErrorCode } from "@altaworx/core/errors"
import { describe, expect, it } from "vitest"
import { problem, problemOf, problemResponse } from "./problems.ts"

const statusOf = (code: ErrorCode) => problemOf(new CoreError(code, "Cannot"), "r1").status

describe("problemOf()", () => {
  it("has an answer for every code of core", () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      const told = problemOf(new CoreError(code, "Cannot do it: because", { field: "name" }), "r1")
      expect(told).toMatchObject({ code, detail: "Cannot do it: because", field: "name", requestId: "r1" })
      expect(told.type).toBe(`tag:altaworx.com,2026:problem/${code}`)
      expect(told.status).toBeGreaterThanOrEqual(400)
      expect(told.title).not.toBe("")
    }
  })

  it("follows the category, except where the code says more", () => {
    expect(statusOf("input.invalid")).toBe(400)
    expect(statusOf("auth.refused")).toBe(401)
    expect(statusOf("auth.forbidden")).toBe(403)
    expect(statusOf("input.not_found")).toBe(404)
    expect(statusOf("optimization.already_running")).toBe(409)
    expect(statusOf("secret.unreadable")).toBe(500)
    expect(statusOf("store.corrupt")).toBe(500)
    expect(statusOf("carrier.unavailable")).toBe(502)
    expect(statusOf("store.busy")).toBe(503)
  })
})

describe("problemResponse()", () => {
  it("says what it is, whatever headers are added", async () => {
    const response = problemResponse(problem("http.not_found", "Cannot find /x", "r1"), { "X-Request-Id": "r1" })
    expect([response.status, response.headers.get("Content-Type")]).toEqual([404, "application/problem+json"])
    expect(await response.json()).not.toHaveProperty("field")
  })
})
