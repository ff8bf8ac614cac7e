import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { anchorsOf, blocksOfComments, readMarkdown } from "./markdown.mjs"

test("readMarkdown() separates code from prose and keeps line numbers", () => {
  const folder = mkdtempSync(join(tmpdir(), "markdown-"))
  const file = join(folder, "page.md")
  writeFileSync(file, "# Page\n\n```ts run\nconst a = 1\n```\n\n[after](#page)\n")
  const { blocks, prose } = readMarkdown(file)
  rmSync(folder, { recursive: true })
  expect(blocks).toEqual([{ file, line: 4, info: ["ts", "run"], code: "const a = 1" }])
  expect(prose.split("\n")[6]).toBe("[after](#page)")
  expect(prose).not.toContain("const a")
})

test("anchorsOf() names headings like code hosts do", () => {
  const prose = "# What `solve` returns\n## Kill & resume\n## Kill & resume\n## [A link](x.md) inside\n"
  expect([...anchorsOf(prose)]).toEqual(["what-solve-returns", "kill--resume", "kill--resume-1", "a-link-inside"])
})

test("blocksOfComments() finds the examples of a source file", () => {
  const source = "/**\n * Adds.\n *\n * ```ts\n * add(1)\n *   .run()\n * ```\n */\nexport function add() {}\n"
  expect(blocksOfComments("add.ts", source)).toEqual([
    { file: "add.ts", line: 5, info: ["ts"], code: "add(1)\n  .run()" },
  ])
})
