import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { BREAKS } from "./breaks.mjs"

const ROOT = join(import.meta.dirname, "../..")

// Breaking the builds takes minutes; that the list keeps up with the sources is seen at once.
describe.each(BREAKS)("a build with $name", ({ file, find, tests: [, ...paths] }) => {
  it("has one place to break, and tests to notice", () => {
    expect(readFileSync(join(ROOT, file), "utf8").split(find)).toHaveLength(2)
    const tests = globSync("packages/core/**/*.test.ts", { cwd: ROOT, exclude: ["**/node_modules/**"] })
    for (const path of paths) expect(tests.some((test) => test.includes(path))).toBe(true)
  })
})
