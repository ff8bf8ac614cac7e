import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"

const ROOT = resolve(import.meta.dirname, "../..")
const EDGE_FILE = "packages/core/src/sync/pull.ts"

const REFUSED: [rule: string, code: string][] = [
  ["house(no-ambient-effects)", "export const at = Date.now()"],
  ["house(no-ambient-effects)", `export const at = globalThis.Date["now"]()`],
  ["house(no-ambient-effects)", "export const at = new Date()"],
  ["house(no-ambient-effects)", "export const at = performance.now()"],
  ["house(no-ambient-effects)", "export const dice = Math.random()"],
  ["house(no-ambient-effects)", "export const id = crypto.randomUUID()"],
  ["house(no-ambient-effects)", "export const start = () => setTimeout(start, 1)"],
  ["house(no-ambient-effects)", "export const start = () => globalThis.setInterval(start, 1)"],
  ["house(no-ambient-effects)", "export const signal = () => AbortSignal.timeout(1)"],
  ["house(no-ambient-effects)", "export const send = fetch"],
  ["house(no-export-all)", `export * from "./other.ts"`],
  ["import(no-default-export)", "export default 1"],
  ["typescript(no-explicit-any)", "export const parse = (text: any): unknown => text"],
  ["typescript(no-floating-promises)", "export async function run(): Promise<void> {}\nrun()"],
  ["eslint(no-console)", "console.log(1)"],
]

const ACCEPTED = [
  "export const at = new Date(0).toISOString()",
  "export type Fetch = typeof fetch",
  "export const send = (fetch: (url: string) => void) => fetch('/')",
  "export const later = (clock: { setTimeout(): void }) => clock.setTimeout()",
  "export const seal = () => crypto.subtle",
]

let root = ""
let report: { filename: string; code: string }[] = []

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "house-rules-"))
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  for (const [index, [, code]] of REFUSED.entries()) write(EDGE_FILE.replace("pull", `refused-${index}`), code)
  for (const [index, code] of ACCEPTED.entries()) write(EDGE_FILE.replace("pull", `accepted-${index}`), code)
  const effect = "export const at = Date.now()"
  write("packages/core/src/ports/clock.ts", effect)
  write("packages/jasper-client/src/ports.ts", effect)
  write("packages/core/src/store/node/files.ts", effect)
  write("packages/core/src/sync/pull.test.ts", effect)
  write("packages/core/src/sync/other.ts", "export const other = 1")
  write("tsconfig.json", JSON.stringify({ extends: join(ROOT, "tsconfig.json"), include: ["packages"] }))
  cpSync(join(ROOT, ".oxlintrc.json"), join(root, ".oxlintrc.json"))
  cpSync(join(ROOT, "scripts/lint/house-rules.mjs"), join(root, "scripts/lint/house-rules.mjs"))
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"))

  const oxlint = join(ROOT, "node_modules/oxlint/bin/oxlint")
  const { stdout } = spawnSync(process.execPath, [oxlint, "--format", "json", "packages"], {
    cwd: root,
    encoding: "utf8",
  })
  report = JSON.parse(stdout).diagnostics
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

describe("lint rules", () => {
  test.each(REFUSED.map((entry, index) => [...entry, index] as const))("%s refuses %s", (rule, _code, index) => {
    const found = report.filter(({ filename }) => filename.endsWith(`refused-${index}.ts`)).map(({ code }) => code)
    expect(found).toContain(rule)
  })

  test("nothing else is refused, nor effects in ports, node rooms and tests", () => {
    expect(report.filter(({ filename }) => !/refused-\d+\.ts$/.test(filename))).toEqual([])
  })
})
