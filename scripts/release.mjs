// `npm run release`: publishes the versions that `npm run version` wrote. JSR is asked first without publishing, because
// what it would refuse must not be on npm already; then npm, then JSR, then the tags.
// Wants to be logged in to npm and JSR. `npm run release -- --dry-run` goes through it without publishing or tagging.
import { spawnSync } from "node:child_process"
import { listPackages } from "./lib/packages.mjs"

const isDryRun = process.argv.includes("--dry-run")
const folders = listPackages().map(({ folder }) => folder)

if (!isDryRun && output("git", ["status", "--porcelain"]) !== "") {
  console.error("Cannot release: the working tree has uncommitted changes")
  process.exit(1)
}

run("npm", ["run", "build"])
run("npm", ["run", "check"])
if (isDryRun) {
  run("npm", ["publish", "--dry-run", ...folders.map((folder) => `--workspace=${folder}`)])
} else {
  run("changeset", ["publish", "--no-git-tag"])
  for (const folder of folders) run("deno", ["publish"], folder)
  run("changeset", ["git-tag"])
}

function run(program, args, cwd) {
  const { status } = spawnSync(program, args, { cwd, stdio: "inherit", shell: process.platform === "win32" })
  if (status === 0) return
  console.error(`Stopped: \`${[program, ...args].join(" ")}\` failed${cwd ? ` in ${cwd}` : ""}`)
  process.exit(1)
}

function output(program, args) {
  return spawnSync(program, args, { encoding: "utf8" }).stdout.trim()
}
