// `node scripts/broken-builds.mjs [part of a name]`: builds the product wrong on purpose, one promise at a time, in a copy, and
// expects the tests to notice. A break whose place is not found any more fails too, so the list keeps up with the sources.
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

const CORE = "packages/core/src"

/** @type {readonly { name: string, file: string, find: string, replace: string, tests: readonly string[] }[]} */
const BREAKS = [
  {
    name: "fencing removed: a worker that lost its lease still writes",
    file: `${CORE}/store/fence.ts`,
    find: "CASE WHEN ${fence.holds} THEN '$' ELSE ${MARK} END",
    replace: "CASE WHEN (1 OR ${fence.holds}) THEN '$' ELSE ${MARK} END",
    tests: ["core", "test/jobs/leases"],
  },
  {
    name: "BUSY handled by a plain retry: acknowledged writes are lost",
    file: `${CORE}/store/connection.ts`,
    find: "await client.reconnect()",
    replace: "",
    tests: ["core", "test/store-locks"],
  },
  {
    name: "missing marked after a scan that does not prove it",
    file: `${CORE}/sync/mark-missing.ts`,
    find: 'run.certificate?.certified === true && run.certificate.scope === "all"',
    replace: "run.certificate !== null",
    tests: ["core", "test/sync/full-sync"],
  },
  {
    name: "readers do not wait for the publication: they see half a fleet",
    file: `${CORE}/inventory/reader-statements.ts`,
    find: "(SELECT p.unsettled_run_id FROM inventory_publication p\n  WHERE",
    replace: "(SELECT max(p.sync_run_id) FROM device_next p\n  WHERE",
    tests: ["core", "test/sync/killed-promotion"],
  },
  {
    name: "outbox written outside the unit: an event is told of a change that was not written",
    file: `${CORE}/jobs/completion.ts`,
    find: "  const next = done.flatMap(({ result }) => result.next ?? [])\n",
    replace: `  const told = enqueueJobs(platform.runtime, done.flatMap(({ result }) => result.next ?? []))
  void platform.store.unit({ name: "jobs.complete" }, told).catch(() => undefined)
  const next: [] = []
`,
    tests: ["core", "test/jobs/endings", "test/jobs/leases"],
  },
]

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
    if (whole.split(find).length !== 2) {
      unnoticed.push(name)
      console.log(`FAIL ${name}: ${file} does not have the place exactly once`)
      continue
    }
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
