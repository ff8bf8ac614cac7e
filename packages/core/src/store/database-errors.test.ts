import { LibsqlBatchError, LibsqlError } from "@libsql/client"
import { describe, expect, it } from "vitest"
import { CoreError } from "../errors/mod.ts"
import { describeError, isLocked, isUnreachable, storeError } from "./database-errors.ts"

const sqlite = (code: string, extendedCode?: string) => new LibsqlError("said the database", code, extendedCode)
const http = (status: number) =>
  new LibsqlError("refused", "SERVER_ERROR", undefined, undefined, Object.assign(new Error("HTTP"), { status }))

describe("isLocked()", () => {
  it.each([
    ["SQLITE_BUSY", undefined, true],
    ["SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", true],
    ["SQLITE_BUSY", "SQLITE_BUSY_RECOVERY", true],
    ["SQLITE_LOCKED", "SQLITE_LOCKED_SHAREDCACHE", true],
    ["SQLITE_PROTOCOL", undefined, true],
    ["SQLITE_CONSTRAINT", "SQLITE_CONSTRAINT_UNIQUE", false],
    ["SQLITE_IOERR", undefined, false],
  ])("%s %s: %s", (code, extended, expected) => {
    expect(isLocked(sqlite(code, extended))).toBe(expected)
    expect(isLocked(new LibsqlBatchError("in a batch", 3, code, extended))).toBe(expected)
    expect(isLocked(new Error("wrapped", { cause: sqlite(code, extended) }))).toBe(expected)
  })
})

describe("isUnreachable()", () => {
  it("is what a remote database's silence looks like, and not its refusals", () => {
    expect([new TypeError("fetch failed"), http(502), http(503), http(429)].map(isUnreachable)).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(
      [http(400), http(401), sqlite("SQLITE_CONSTRAINT"), new CoreError("store.closed", "x")].map(isUnreachable),
    ).toEqual([false, false, false, false])
  })
})

describe("storeError()", () => {
  it.each([
    ["SQLITE_BUSY", "store.busy", true],
    ["SQLITE_NOTADB", "store.corrupt", false],
    ["SQLITE_CORRUPT", "store.corrupt", false],
    ["SQLITE_CANTOPEN", "store.unavailable", true],
    ["SQLITE_READONLY", "store.unavailable", true],
    ["SQLITE_FULL", "store.unavailable", true],
    ["SQLITE_IOERR", "store.unavailable", true],
    ["SQLITE_ERROR", "store.statement", false],
    ["SQLITE_MISMATCH", "store.statement", false],
    ["TRANSACTION_CLOSED", "store.unavailable", true],
  ])("makes %s to %s", (code, expected, retryable) => {
    expect(storeError(sqlite(code), "write", "file")).toMatchObject({ code: expected, retryable })
  })

  it("names the constraint, and no value", () => {
    const error = new LibsqlError(
      "UNIQUE constraint failed: tenant.id (secret)",
      "SQLITE_CONSTRAINT",
      "SQLITE_CONSTRAINT_PRIMARYKEY",
    )
    expect(storeError(error, 'write "x"', "file")).toMatchObject({
      code: "store.constraint",
      message: 'Cannot write "x": UNIQUE constraint failed: tenant.id ',
    })
  })

  it("leaves defects as they are on a file, and takes them for the network on a remote database", () => {
    const defect = new TypeError("undefined cannot be passed as argument to the database")
    expect(storeError(defect, "write", "file")).toBe(defect)
    expect(storeError(new TypeError("fetch failed"), "write", "remote")).toMatchObject({ code: "store.unavailable" })
  })

  it("says that a token was refused", () => {
    expect(storeError(http(401), "read", "remote")).toMatchObject({ code: "auth.refused", retryable: false })
  })

  it("keeps the statement's index through wrappers", () => {
    const error = new CoreError("store.statement", "x", { cause: new LibsqlBatchError("y", 2, "SQLITE_ERROR") })
    expect(describeError(error)).toMatchObject({ code: "SQLITE_ERROR", statementIndex: 2 })
  })
})
