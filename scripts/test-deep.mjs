// `npm run test:deep [-- vitest arguments]`: the tests that take long; then mutation testing, which changes the code that
// money and identifiers depend on, one place at a time, and expects some test to notice; builds that break a promise on
// purpose; then every runtime.
import { spawnSync } from "node:child_process"

const run = (program, args, env = {}, cwd = ".") =>
  spawnSync(program, args, {
    stdio: "inherit",
    env: { ...process.env, ...env },
    cwd,
    shell: process.platform === "win32",
  }).status === 0

const passed = [
  run("vitest", ["run", "--passWithNoTests", ...process.argv.slice(2)], { TEST_DEPTH: "deep" }),
  run("stryker", ["run"]),
  // What the optimizer charges and proves is held to more: nine of ten mutants.
  run("stryker", ["run"], {}, "packages/optimizer"),
  run(process.execPath, ["scripts/broken-builds.mjs"]),
  run(process.execPath, ["scripts/runtimes.mjs"]),
]
process.exitCode = passed.every(Boolean) ? 0 : 1
