// `node scripts/broken-builds.mjs [part of a name]`: builds the product wrong on purpose, one promise at a time, in a copy, and
// expects the tests to notice.
import { spawnSync } from "node:child_process"
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, relative, resolve } from "node:path"
import { BREAKS } from "./lib/breaks.mjs"

const ROOT = resolve(import.meta.dirname, "..")
const only = process.argv[2] ?? ""
const chosen = BREAKS.filter(({ name }) => name.includes(only))
const unnoticed = []
const greenBefore = new Map()
const copy = copyOfTheProject()
try {
  for (const { name, file, find, replace, tests } of chosen) {
    const path = join(copy, file)
    const whole = readFileSync(path, "utf8")
    const startedAt = performance.now()
    // Red because it is broken, so it has to be green before.
    const isGreenBefore = greenBefore.get(tests.join()) ?? areGreen(tests)
    greenBefore.set(tests.join(), isGreenBefore)
    writeFileSync(
      path,
      whole.replace(find, () => replace),
    )
    const isGreenAfter = areGreen(tests)
    writeFileSync(path, whole)
    const isNoticed = isGreenBefore && !isGreenAfter
    if (!isNoticed) unnoticed.push(name)
    const seconds = `${Math.round((performance.now() - startedAt) / 1000)} s`
    const what = isNoticed ? "noticed" : isGreenBefore ? "NOT noticed" : "red before it was broken"
    console.log(`${isNoticed ? "ok  " : "FAIL"} ${name}: ${what} by ${tests.join(" ")} (${seconds})`)
  }
} finally {
  rmSync(copy, { recursive: true, force: true })
}
console.log(`${chosen.length - unnoticed.length} of ${chosen.length} broken builds were noticed`)
process.exitCode = unnoticed.length > 0 || chosen.length === 0 ? 1 : 0

function areGreen([project, ...paths]) {
  return (
    spawnSync("vitest", ["run", "--project", project, "--bail=1", ...paths], {
      cwd: copy,
      env: { ...process.env, PATH: `${join(ROOT, "node_modules/.bin")}:${process.env.PATH}` },
      shell: process.platform === "win32",
    }).status === 0
  )
}

/** The sources in a folder of their own. What is installed is linked, but for the workspaces, which link to the copy. */
function copyOfTheProject() {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "altaworx-broken-"))
  const skipped = new Set(["node_modules", "dist", ".git", ".data"])
  for (const name of readdirSync(ROOT)) {
    if (skipped.has(name)) continue
    cpSync(join(ROOT, name), join(folder, name), {
      recursive: true,
      filter: (path) =>
        !relative(ROOT, path)
          .split(/[/\\]/)
          .some((part) => skipped.has(part)),
    })
  }
  const modules = join(folder, "node_modules")
  mkdirSync(join(modules, "@altaworx"), { recursive: true })
  for (const name of readdirSync(join(ROOT, "node_modules"))) {
    // Vite keeps its own cache there.
    if (name === "@altaworx" || name.startsWith(".")) continue
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name))
  }
  for (const name of readdirSync(join(ROOT, "node_modules/@altaworx"))) {
    const target = relative(ROOT, realpathSync(join(ROOT, "node_modules/@altaworx", name)))
    mkdirSync(dirname(join(folder, target)), { recursive: true })
    symlinkSync(join(folder, target), join(modules, "@altaworx", name))
  }
  return folder
}
