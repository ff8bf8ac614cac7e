import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { randomFrom } from "../../test/make-problem.ts"
import { JsonReader } from "./json-reader.ts"
import { runOptimizeCommand } from "./run-optimize-command.ts"

const folder = mkdtempSync(join(tmpdir(), "altaworx-optimize-"))
afterAll(() => rmSync(folder, { recursive: true }))

async function run(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const written = { stdout: "", stderr: "" }
  const status = await runOptimizeCommand(args, {
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
  })
  return { status, ...written }
}

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const tiny = new URL("../../test/fixtures/tiny-1.json", import.meta.url).pathname

describe("runOptimizeCommand()", () => {
  test("writes the result document", async () => {
    const { status, stdout, stderr } = await run(tiny)
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, cost: "10237402", truncated: false })
    expect(stderr).toContain("10237402")
  })

  test("writes to a file, as CSV if asked", async () => {
    const path = join(folder, "out.csv")
    expect((await run(tiny, "-o", path, "--csv", "--seconds", "5")).status).toBe(0)
    const lines = readFileSync(path, "utf8").split("\r\n")
    expect(lines[0]).toBe("sim,id,usage_kb,current_plan,plan,moves")
    expect(lines).toHaveLength(8 + 2)
  })

  test("names the wrong field with status 2", async () => {
    const bad = readFileSync(tiny, "utf8").replace("85756", "-3")
    const { status, stderr } = await run(file("bad.json", bad))
    expect(status).toBe(2)
    expect(stderr).toContain("sims.usage[2]")
    expect((await run(file("text.json", bad.replace("-3", "NaN")))).stderr).toContain("sims.usage[2]")
    expect((await run(join(folder, "missing.json"))).status).toBe(2)
    expect((await run()).status).toBe(2)
    expect((await run(tiny, "--seconds", "x")).status).toBe(2)
  })

  test("refuses an output path before the search", async () => {
    const { status, stdout, stderr } = await run(tiny, "-o", join(folder, "missing", "out.json"))
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" })
    expect(stderr).toContain("ENOENT")
    const path = join(folder, "kept.json")
    expect((await run(join(folder, "missing.json"), "-o", path)).status).toBe(2)
    expect(existsSync(path)).toBe(false)
  })

  test("ends quietly when nobody reads on", { timeout: 20_000 }, async () => {
    const usage = Array.from({ length: 50_000 }, (_, i) => i)
    const problem = { cycleDays: 1, plans: [{ id: "A", monthly: 1, included: 0 }], sims: { usage } }
    const bin = new URL("../../bin/altaworx-optimize.js", import.meta.url).pathname
    const child = spawn(process.execPath, [bin, file("long.json", JSON.stringify(problem)), "--csv"])
    let stderr = ""
    child.stderr.on("data", (text) => (stderr += text))
    child.stdout.once("data", () => child.stdout.destroy())
    expect(await once(child, "close")).toEqual([0, null])
    expect(stderr).toMatch(/^optimal: .*\n$/)
  })

  test("states an infeasible problem with status 3", async () => {
    const problem = JSON.parse(readFileSync(tiny, "utf8"))
    for (const plan of problem.plans) plan.maxSims = 1
    const { status, stdout } = await run(file("tight.json", JSON.stringify(problem)))
    expect(status).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({
      status: "infeasible",
      conflicts: [{ reason: "too-few-places", required: 8, available: 4 }],
    })
  })
})

/** Columns as plain lists. */
function plain(value: unknown): unknown {
  if (value instanceof Float64Array) return Array.from(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]))
}

describe("JsonReader", () => {
  const read = (text: string, step: number): unknown => {
    const bytes = new TextEncoder().encode(text)
    let at = 0
    const reader = new JsonReader(
      (into) => {
        const part = bytes.subarray(at, at + step)
        into.set(part)
        at += part.length
        return part.length
      },
      (path) => path === "a.c",
    )
    return reader.document()
  }

  test("reads what JSON.parse reads, however the bytes are cut", () => {
    const text = ' {"a":{"c":[1,-2, 3.5e1,12345678901234567],"d":[]},"é\\n\\u0041":[true,false,null,"x\\"y",0.25,{}]} '
    const wanted = JSON.parse(text)
    wanted.a.c = Float64Array.from(wanted.a.c)
    for (const step of [1, 2, 3, 7, 1000]) expect(read(text, step)).toEqual(wanted)
  })

  test("reads and refuses as JSON.parse does whatever happens to a document", () => {
    const random = randomFrom(1)
    const good = '{"a":{"c":[10,-2,3.5e1,0,20],"b":[1,[true],null]},"d":"x\\u0041 y","a1":[],"e":{"c":[]}}'
    const others = '0123456789+-.eE"{}[],:x \n\tTtn\\'
    let refused = 0
    for (let k = 0; k < 4000; k++) {
      let text = good
      for (let edits = 1 + Math.floor(random() * 2); edits > 0; edits--) {
        const at = Math.floor(random() * text.length)
        const put = random() < 0.3 ? "" : others[Math.floor(random() * others.length)]!
        text = text.slice(0, at) + put + text.slice(at + (random() < 0.5 ? 1 : 0))
      }
      let wanted: unknown
      try {
        wanted = JSON.parse(text)
      } catch {
        refused++
        expect(() => read(text, 7), text).toThrow(SyntaxError)
        continue
      }
      expect(JSON.parse(JSON.stringify(plain(read(text, 7)))), text).toEqual(JSON.parse(JSON.stringify(wanted)))
    }
    expect(refused).toBeGreaterThan(1000)
  })

  test("refuses a column by its first entry, and what is nested without end", () => {
    for (const text of ["+1", ".5", "x5", '"1', "True"])
      expect(() => read(`{"a":{"c":[${text}]}}`, 5), text).toThrow("a.c[0] must be")
    expect(read('{"a":{"c":["1"]}}', 5)).toEqual({ a: { c: ["1"] } })
    expect(() => read("[".repeat(100_000), 1000)).toThrow(SyntaxError)
  })

  test("refuses what JSON.parse refuses", () => {
    for (const text of ["", "{", "[1,]", '{"a":}', "nul", "1 2", '{"a":{"c":[1,,2]}}', "[01x]", '"abc', "{1:2}", "-"]) {
      expect(() => read(text, 3), text).toThrow(SyntaxError)
    }
  })

  test("keeps a column with other entries as a list", () => {
    expect(read('{"a":{"c":[1,"x"]}}', 5)).toEqual({ a: { c: [1, "x"] } })
  })
})
