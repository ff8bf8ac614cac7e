import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import fc from "fast-check"
import { afterEach, describe, expect, it } from "vitest"
import { systemRuntime } from "../ports/mod.ts"
import { backupFor, expiredBackups, tursoRecovery } from "./mod.ts"

const DAY = 86_400_000
const backup = (at: number) => ({ name: String(at), at, bytes: 1 })

describe("expiredBackups()", () => {
  it("gives those that are too old, but leaves the newest few, however old", () => {
    const backups = [1, 2, 3, 40, 50, 60].map((days) => backup(100 * DAY - days * DAY))
    const expired = (retention?: object) =>
      expiredBackups(backups, 100 * DAY, retention).map(({ at }) => 100 - at / DAY)
    expect(expired()).toEqual([40, 50, 60])
    expect(expired({ keepLast: 5 })).toEqual([60])
    expect(expired({ keepMs: 0, keepLast: 0 })).toHaveLength(6)
    expect(expired({ keepMs: 2 * DAY, keepLast: 1 })).toEqual([3, 40, 50, 60])
  })

  it("never gives up the newest, whatever the order", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(1_000), { minLength: 1 }), fc.integer({ min: 1, max: 5 }), (ats, keepLast) => {
        const left = ats.length - expiredBackups(ats.map(backup), 10_000, { keepMs: 0, keepLast }).length
        expect(left).toBe(Math.min(keepLast, ats.length))
        const expired = expiredBackups(ats.map(backup), 10_000, { keepMs: 0, keepLast })
        expect(expired.map(({ at }) => at)).not.toContain(Math.max(...ats))
      }),
    )
  })
})

describe("backupFor()", () => {
  it("is the newest that was begun by then", () => {
    const backups = [backup(3), backup(1), backup(2)]
    expect([0, 1, 2.5, 9].map((at) => backupFor(backups, at)?.at)).toEqual([undefined, 1, 2, 3])
  })
})

describe("tursoRecovery()", () => {
  let server: Server
  afterEach(() => new Promise((resolve) => server?.close(resolve)))

  async function recovery(status: number, answer: unknown) {
    const asked: unknown[] = []
    server = createServer((request, response) => {
      let body = ""
      request.on("data", (chunk) => (body += String(chunk)))
      request.on("end", () => {
        asked.push(request.method, request.url, request.headers.authorization, JSON.parse(body))
        response.writeHead(status, { "Content-Type": "application/json", Location: "http://127.0.0.1:1/" })
        response.end(typeof answer === "string" ? answer : JSON.stringify(answer))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    const options = { organization: "acme", database: "fleet", token: "canary-token", runtime: systemRuntime() }
    return { asked, port: tursoRecovery({ ...options, baseUrl: `http://127.0.0.1:${port}` }) }
  }
  const request = { name: "fleet-restored", at: Date.UTC(2026, 10, 22, 3) }

  // Request and answer as the provider documents them.
  it("asks for a new database made from the old one at the instant", async () => {
    const { asked, port } = await recovery(200, {
      database: { DbId: "0eb771dd", Hostname: "fleet-restored-acme.turso.io", Name: "fleet-restored" },
    })
    expect(await port.restore(request)).toEqual({ url: "libsql://fleet-restored-acme.turso.io", gapMs: 15_000 })
    expect(asked).toEqual([
      "POST",
      "/v1/organizations/acme/databases",
      "Bearer canary-token",
      {
        name: "fleet-restored",
        group: "default",
        seed: { type: "database", name: "fleet", timestamp: "2026-11-22T03:00:00.000Z" },
      },
    ])
  })

  it.each([
    [401, {}, { code: "auth.refused" }],
    [409, { error: "exists" }, { code: "input.invalid", field: "name" }],
    [422, { error: "too old" }, { code: "input.invalid", field: "at" }],
    [429, {}, { code: "store.unavailable", retryable: true }],
    [503, "down", { code: "store.unavailable" }],
    [302, "", { code: "store.unavailable" }],
    [200, "no json", { code: "store.unavailable" }],
    [200, { database: { Hostname: "evil/path" } }, { code: "store.unavailable" }],
  ])("tells a %s with %j by its code, without the token", async (status, answer, failure) => {
    const { port } = await recovery(status, answer)
    const error: unknown = await port.restore(request).catch((caught: unknown) => caught)
    expect(error).toMatchObject(failure)
    expect(String(error)).not.toContain("canary")
  })

  it("speaks to no other machine in clear", () => {
    const options = { organization: "a", database: "d", token: "t", runtime: systemRuntime() }
    for (const baseUrl of ["http://api.turso.tech", "ftp://127.0.0.1", "api.turso.tech", "ws://127.0.0.1"]) {
      expect(() => tursoRecovery({ ...options, baseUrl })).toThrowError(expect.objectContaining({ field: "baseUrl" }))
    }
  })
})
