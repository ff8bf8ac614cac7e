import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import Database from "libsql"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { describeError, isLocked } from "../database-errors.ts"
import { fileClient } from "./file-client.ts"

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx client-"))
  path = join(folder, "test.db")
  const database = new Database(path)
  database.exec("PRAGMA journal_mode=WAL; CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT) STRICT")
  database.close()
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

const add = (id: unknown, text: unknown = null) => ({
  sql: "INSERT INTO row (id, text) VALUES (?, ?)",
  args: [id, text] as never[],
})
const IDS = "SELECT id FROM row ORDER BY id"
const ids = async (client: ReturnType<typeof fileClient>) =>
  (await client.execute(IDS)).rows.map((row) => Number(row[0]))

describe("fileClient()", () => {
  it("prepares a statement once, whatever its arguments, and again after it was thrown away for others", async () => {
    const prepare = vi.spyOn(Database.prototype, "prepare")
    const client = fileClient({ url: `file:${path}` })
    await client.batch([add(1), add(2)], "write")
    await client.batch([add(3), IDS], "write")
    expect(prepare.mock.calls.map(([text]) => text)).toEqual([add(0).sql, IDS])
    for (let i = 0; i < 500; i++) await client.execute(`SELECT ${i}`)
    expect(await ids(client)).toEqual([1, 2, 3])
    expect(prepare.mock.calls.filter(([text]) => text === IDS)).toHaveLength(2)
    client.close()
  })

  it("goes on after a statement failed in a batch, with the same statement", async () => {
    const client = fileClient({ url: `file:${path}` })
    await client.batch([add(1)], "write")
    const failed = await client.batch([add(2), add(1)], "write").catch((error: unknown) => error)
    expect(describeError(failed)).toMatchObject({ code: "SQLITE_CONSTRAINT_PRIMARYKEY", statementIndex: 1 })
    await client.batch([add(3)], "write")
    expect(await ids(client)).toEqual([1, 3])
    client.close()
  })

  it("says that it met a lock, and keeps every row that it acknowledges afterwards", async () => {
    const holder = new Database(path)
    const client = fileClient({ url: `file:${path}`, timeout: 1 })
    holder.exec("BEGIN IMMEDIATE")
    for (const writing of [() => client.batch([add(1)], "write"), () => client.execute(add(1))]) {
      const failed = await writing().catch((error: unknown) => error)
      expect(isLocked(failed)).toBe(true)
      await client.reconnect()
    }
    holder.exec("COMMIT")
    for (let id = 1; id <= 100; id++) await client.batch([add(id)], "write")
    expect(holder.prepare("SELECT count(*) AS count FROM row").get()).toMatchObject({ count: 100 })
    holder.close()
    client.close()
  })

  it("refuses values that would end the process, and numbers that are none any more", async () => {
    const client = fileClient({ url: `file:${path}` })
    for (const value of [undefined, new Date(0), {}, Number.NaN]) {
      const statement = { sql: "INSERT INTO row (id) VALUES (?)", args: [value] as never[] }
      await expect(client.execute(statement)).rejects.toThrow(TypeError)
    }
    await client.execute(add(true, "yes"))
    await client.execute(add(2n ** 53n, "large"))
    await expect(client.execute("SELECT id FROM row")).rejects.toThrow(RangeError)
    expect((await client.execute("SELECT id FROM row WHERE text = 'yes'")).rows).toEqual([[1]])
    client.close()
  })

  it("finds the file of an address, and refuses what it does not know", async () => {
    for (const url of [pathToFileURL(path).href, `file:${path.replace(" ", "%20")}`, `file:${path}`]) {
      const client = fileClient({ url })
      expect(await ids(client)).toEqual([])
      client.close()
    }
    expect(() => fileClient({ url: `file:${path}?mode=ro` })).toThrow(
      expect.objectContaining({ code: "input.invalid", field: "url" }),
    )
  })

  it("is closed for good", async () => {
    const client = fileClient({ url: ":memory:" })
    await client.execute("SELECT 1")
    client.close()
    client.close()
    for (const use of [client.execute("SELECT 1"), client.batch([], "write")]) {
      await expect(use).rejects.toMatchObject({ code: "CLIENT_CLOSED" })
    }
  })
})
