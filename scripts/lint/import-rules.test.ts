import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { cruise, type ICruiseResult } from "dependency-cruiser"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import config from "../../.dependency-cruiser.mjs"

// A small repository in which each file breaks the rule it is filed under.
const VIOLATIONS: Record<string, Record<string, string>> = {
  "no-cycles": {
    "packages/optimizer/src/chicken.ts": `import type { Egg } from "./egg.ts"\nexport type Chicken = { egg: Egg }`,
    "packages/optimizer/src/egg.ts": `import type { Chicken } from "./chicken.ts"\nexport type Egg = { chicken: Chicken }`,
  },
  resolvable: { "packages/optimizer/src/lost.ts": `import "./nowhere.ts"` },
  "optimizer-stands-on": { "packages/optimizer/src/greedy.ts": `import "valibot"` },
  "jasper-client-stands-on": { "packages/jasper-client/src/greedy.ts": `import "@altaworx/core"` },
  "core-stands-on": { "packages/core/src/domain/greedy.ts": `import "hono"` },
  "adapters-hono-stands-on": { "packages/adapters-hono/src/greedy.ts": `import "@altaworx/optimizer"` },
  "packages-through-names": { "examples/demo/main.ts": `import "../../packages/core/src/domain/mod.ts"` },
  "optimizer-in-optimization-only": { "packages/core/src/sync/solve.ts": `import "@altaworx/optimizer"` },
  "jasper-client-in-control-center-only": {
    "packages/core/src/carriers/other/connector.ts": `import "@altaworx/jasper-client"`,
  },
  "client-ignores-simulator": { "packages/jasper-client/src/fake.ts": `import "./simulator/mod.ts"` },
  "database-in-its-places": { "packages/core/src/sync/query.ts": `import type { sql } from "drizzle-orm"` },
  "database-client-in-store": { "packages/core/src/sync/statements.ts": `import "@libsql/client/web"` },
  "native-client-in-node-room": { "packages/core/src/store/native.ts": `import "libsql"` },
  "rooms-through-doors": { "packages/core/src/sync/peek.ts": `import "../inventory/devices.ts"` },
  "root-through-doors": { "packages/core/src/peek.ts": `import "./inventory/devices.ts"` },
  "not-through-own-door": { "packages/core/src/inventory/round.ts": `import "./mod.ts"` },
  "rooms-below-root": { "packages/core/src/jobs/up.ts": `import "../create-core.ts"` },
  "behaviour-rooms-apart": { "packages/core/src/finalize/trigger.ts": `import "../optimization/mod.ts"` },
  "behaviour-on-top": { "packages/core/src/inventory/up.ts": `import "../sync/mod.ts"` },
  "ground-rooms": { "packages/core/src/domain/up.ts": `import "../store/mod.ts"` },
  "store-is-mechanism": { "packages/core/src/store/up.ts": `import "../jobs/mod.ts"` },
  "carriers-behind-port": { "packages/core/src/carriers/other/save.ts": `import "../../inventory/mod.ts"` },
  "carriers-wired-at-root": { "packages/core/src/sync/direct.ts": `import "../carriers/other/mod.ts"` },
  "testing-is-for-tests": { "packages/core/src/sync/virtual.ts": `import "../testing/mod.ts"` },
  "host-modules-in-node-rooms": { "packages/optimizer/src/read.ts": `import { readFileSync } from "node:fs"` },
  "node-rooms-apart": { "packages/optimizer/src/command.ts": `import "./node/cli.ts"` },
  "tests-stay-behind": { "packages/core/src/sync/borrow.ts": `import "./sync.test.ts"` },
  "test-helpers-stay-behind": { "packages/optimizer/src/borrow.ts": `import "../test/fleet.ts"` },
}

// What the rules must leave alone.
const ALLOWED: Record<string, string> = {
  "packages/optimizer/src/mod.ts": "export const solve = 1",
  "packages/optimizer/src/node/cli.ts": `import "node:fs"\nimport "../mod.ts"`,
  "packages/optimizer/test/fleet.ts": "export const fleet = 1",
  "packages/jasper-client/src/mod.ts": `import "ky"\nimport "valibot"\nimport "p-queue"`,
  "packages/jasper-client/src/simulator/mod.ts": `import "valibot"`,
  "packages/core/src/mod.ts": `import "./create-core.ts"`,
  "packages/core/src/create-core.ts": `import "./sync/mod.ts"\nimport "./carriers/other/mod.ts"`,
  "packages/core/src/domain/mod.ts": `import "./money.ts"`,
  "packages/core/src/domain/money.ts": "export const money = 1",
  "packages/core/src/ports/mod.ts": `import "../domain/mod.ts"`,
  "packages/core/src/store/mod.ts": `import "drizzle-orm"\nimport "@libsql/client"\nimport "../ports/mod.ts"`,
  "packages/core/src/store/node/mod.ts": `import "@libsql/client"\nimport "libsql"\nimport "node:path"`,
  "packages/core/src/jobs/mod.ts": `import "../store/mod.ts"`,
  "packages/core/src/inventory/mod.ts": `import "./devices.ts"\nimport "../jobs/mod.ts"`,
  "packages/core/src/inventory/devices.ts": `import "./statements.ts"`,
  "packages/core/src/inventory/statements.ts": `import "./schema.ts"\nimport "drizzle-orm"`,
  "packages/core/src/inventory/rate-plan-statements.ts": `import "drizzle-orm"`,
  "packages/core/src/inventory/schema.ts": `import "drizzle-orm"`,
  "packages/core/src/sync/mod.ts": `import "../inventory/mod.ts"\nimport "../store/mod.ts"`,
  "packages/core/src/sync/sync.test.ts": `import "node:fs"\nimport "../testing/mod.ts"\nimport "../inventory/devices.ts"\nimport "./mod.ts"`,
  "packages/core/src/finalize/mod.ts": `import "../providers/mod.ts"`,
  "packages/core/src/providers/mod.ts": `import "../store/mod.ts"`,
  "packages/core/src/optimization/mod.ts": `import "@altaworx/optimizer"`,
  "packages/core/src/carriers/control-center/mod.ts": `import "@altaworx/jasper-client"\nimport "../../ports/mod.ts"`,
  "packages/core/src/carriers/other/mod.ts": `import "../../ports/mod.ts"`,
  "packages/core/src/testing/mod.ts": `import "../ports/mod.ts"`,
  "packages/adapters-hono/src/mod.ts": `import "hono"\nimport "@altaworx/core"`,
  "examples/demo/good.ts": `import "@altaworx/core"\nimport "node:fs"`,
}

let root = ""
let violations: { rule: string; from: string; to: string }[] = []

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "import-rules-"))
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  for (const [file, text] of Object.entries(ALLOWED)) write(file, text)
  for (const files of Object.values(VIOLATIONS)) for (const [file, text] of Object.entries(files)) write(file, text)

  const libraries = ["ky", "p-queue", "valibot", "hono", "drizzle-orm", "@libsql/client", "libsql"]
  const names = ["optimizer", "jasper-client", "core", "adapters-hono"]
  const dependencies = Object.fromEntries(
    [...libraries, ...names.map((one) => `@altaworx/${one}`)].map((d) => [d, "*"]),
  )
  for (const library of libraries) {
    write(`node_modules/${library}/package.json`, JSON.stringify({ name: library, main: "index.js" }))
    write(`node_modules/${library}/index.js`, "")
    write(`node_modules/${library}/web.js`, "")
  }
  mkdirSync(join(root, "node_modules/@altaworx"), { recursive: true })
  for (const name of names) {
    const exports = { ".": { "@altaworx/source": "./src/mod.ts", default: "./dist/mod.js" } }
    write(`packages/${name}/package.json`, JSON.stringify({ name: `@altaworx/${name}`, exports, dependencies }))
    symlinkSync(`../../packages/${name}`, join(root, "node_modules/@altaworx", name))
  }
  write("package.json", JSON.stringify({ name: "fixture", dependencies }))

  const { enhancedResolveOptions, ...options } = config.options ?? {}
  const { output } = await cruise(
    ["packages", "examples"],
    { ...options, baseDir: root, validate: true, ruleSet: { forbidden: config.forbidden } },
    enhancedResolveOptions as never,
  )
  violations = (output as ICruiseResult).summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }))
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

describe("import rules", () => {
  test("every rule has a violation that proves it", () => {
    expect(Object.keys(VIOLATIONS).sort()).toEqual(config.forbidden.map((rule) => String(rule.name)).sort())
  })

  test.each(Object.entries(VIOLATIONS))("%s fires", (rule, files) => {
    const breakers = violations.filter((violation) => violation.rule === rule).map((violation) => violation.from)
    expect(breakers.filter((file) => file in files)).not.toEqual([])
  })

  test("allowed imports pass", () => {
    expect(violations.filter((violation) => violation.from in ALLOWED)).toEqual([])
  })
})
