import { describe, expect, it } from "vitest"
import { databaseKind } from "./address.ts"

describe("databaseKind()", () => {
  it.each([
    [":memory:", "memory"],
    ["file::memory:?cache=shared", "memory"],
    ["file:data/altaworx.db", "file"],
    ["file:/data/:memory:/altaworx.db", "file"],
    ["libsql://fleet.turso.io", "remote"],
    ["https://db.example.com", "remote"],
    ["wss://db.example.com", "remote"],
    ["http://localhost:8080", "remote"],
    ["http://127.0.0.1:8080", "remote"],
    ["ws://[::1]:8080", "remote"],
    ["libsql://127.0.0.1:8080?tls=0", "remote"],
  ])("takes %s as %s", (url, kind) => {
    expect(databaseKind(url)).toBe(kind)
  })

  it.each([
    "http://db.example.com",
    "ws://10.0.0.7:8080",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "http://evil-localhost",
    "http://127.0.0.1.localhost.example.com",
    "http://[::ffff:10.0.0.7]:8080",
    "HTTP://db.example.com",
    "http://user:token@db.example.com",
    "libsql://db.example.com:80?tls=0",
    "postgres://db.example.com",
    "data/altaworx.db",
    "",
  ])("refuses %s", (url) => {
    expect(() => databaseKind(url)).toThrowError(expect.objectContaining({ code: "input.invalid", field: "url" }))
  })
})
