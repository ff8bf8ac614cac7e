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

const areTestsGreen = run("vitest", ["run", "--passWithNoTests", ...process.argv.slice(2)], { TEST_DEPTH: "deep" })
const areMutantsKilled = run("stryker", ["run"])
// What the optimizer charges and proves is held to more: nine of ten mutants.
const areProofsHeld = run("stryker", ["run"], {}, "packages/optimizer")
const areBreaksNoticed = run(process.execPath, ["scripts/broken-builds.mjs"])
const areRuntimesAlike = run(process.execPath, ["scripts/runtimes.mjs"])
process.exitCode = areTestsGreen && areMutantsKilled && areBreaksNoticed && areRuntimesAlike ? 0 : 1
