import { type Client, LibsqlBatchError, LibsqlError } from "@libsql/client"
import { describe, expect, it } from "vitest"
import { testRuntime } from "../testing/mod.ts"
import type { DatabaseKind } from "./address.ts"
import { openConnection } from "./connection.ts"

/** A connection over a client that only writes down what is done to it. */
function recorded(kind: DatabaseKind) {
  const log: string[] = []
  const client = {
    reconnect: async () => log.push("reconnect"),
    close: () => log.push("close"),
  } as unknown as Client
  const connection = openConnection({
    kind,
    isSerial: true,
    runtime: testRuntime({ seed: 1, startAt: 0 }),
    createClient: () => client,
    prepare: async () => {
      log.push("prepare")
    },
  })
  /** Work that fails with these errors, one after the other, and then succeeds. */
  const work = (...errors: readonly Error[]) => {
    const left = [...errors]
    return connection.run("do it", async () => {
      log.push("work")
      const error = left.shift()
      if (error) throw error
      return "done"
    })
  }
  return { connection, log, work }
}

const LOCKS: readonly [name: string, error: Error][] = [
  ["a lock", new LibsqlError("database is locked", "SQLITE_BUSY")],
  ["a snapshot that is too old", new LibsqlError("database is locked", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", 517)],
  ["a lock within a batch", new LibsqlBatchError("database is locked", 3, "SQLITE_BUSY")],
  ["a COMMIT that fails", new LibsqlError("cannot commit transaction - SQL statements in progress", "SQLITE_BUSY")],
]

describe("a connection that meets", () => {
  it.each(LOCKS)("%s, on a file: does nothing more on it, and begins again on a new one", async (_name, error) => {
    const { log, work } = recorded("file")
    expect(await work(error, error)).toBe("done")
    expect(log).toEqual(["prepare", "work", "reconnect", "prepare", "work", "reconnect", "prepare", "work"])
  })

  it.each(LOCKS)("%s, on a remote database: begins again, and cuts no other request off", async (_name, error) => {
    const { log, work } = recorded("remote")
    expect(await work(error)).toBe("done")
    expect(log).toEqual(["prepare", "work", "work"])
  })

  it.each(LOCKS)("%s, in memory: never reconnects, which would lose the database", async (_name, error) => {
    const { log, work } = recorded("memory")
    await expect(work(error)).rejects.toMatchObject({ code: "store.busy" })
    expect(log).toEqual(["prepare", "work"])
  })

  it("a lock that is never freed: gives up on a new connection", async () => {
    const { log, work } = recorded("file")
    const error = new LibsqlError("database is locked", "SQLITE_BUSY")
    await expect(work(...Array.from({ length: 60 }, () => error))).rejects.toMatchObject({ code: "store.busy" })
    expect(log.at(-1)).toBe("reconnect")
    expect(await work()).toBe("done")
  })

  it("its closing: says so, whatever the client makes of it, and is not opened again", async () => {
    const { connection, log } = recorded("file")
    for (const code of ["CLIENT_CLOSED", "SQLITE_BUSY"]) {
      const work = connection.run("do it", async () => {
        connection.close()
        throw new LibsqlError("closed", code)
      })
      await expect(work).rejects.toMatchObject({ code: "store.closed" })
    }
    expect(log).not.toContain("reconnect")
  })

  it("an error that is no lock: does not try again", async () => {
    const { log, work } = recorded("file")
    await expect(work(new LibsqlError("no such table: x", "SQLITE_ERROR"))).rejects.toMatchObject({
      code: "store.statement",
      message: "Cannot do it: the database cannot run the statement",
    })
    expect(log).toEqual(["prepare", "work"])
  })
})
