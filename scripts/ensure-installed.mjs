// The first thing every root command does, on whatever Node runs npm (20 is enough), so it uses nothing that has to be
// installed: compares what is in node_modules with the lockfile and installs once when they differ.
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"

const OLDEST_NODE = 20
// The tools that the commands run on besides plain packages: install scripts or platform packages provide them, so a
// matching version number alone does not show that they are there.
const NEEDED_FILES = ["node_modules/.bin/node", "node_modules/.bin/vitest"]

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  fail(`Node ${OLDEST_NODE} or newer is needed to install this repository, this is Node ${process.versions.node}.`)
}

if (!isInstalled()) {
  console.error("Installing dependencies (once) …")
  const status = install()
  if (status !== 0) {
    fail("Could not install the dependencies. Check the network and the npm registry settings, then run `npm install`.")
  }
  const missing = missingFiles()
  if (missing.length > 0) {
    fail(`The install left out ${missing.join(", ")}. If npm's ignore-scripts is set, unset it for this repository.`)
  }
  if (!isInstalled()) {
    fail("The installed packages do not match package-lock.json. Run `npm install` and read what it says.")
  }
}

/** Whether each package of the lockfile is in node_modules at the locked version. npm lists what it installed there. */
function isInstalled() {
  const installed = readPackages("node_modules/.package-lock.json")
  if (installed === undefined) return false
  for (const [path, locked] of Object.entries(readPackages("package-lock.json") ?? {})) {
    if (path === "" || locked.link === true || !path.includes("node_modules/")) continue
    const found = installed[path]
    // Packages for other platforms are locked but never installed.
    if (found === undefined ? locked.optional !== true : found.version !== locked.version) return false
  }
  return missingFiles().length === 0
}

function missingFiles() {
  return NEEDED_FILES.filter((file) => !existsSync(process.platform === "win32" ? `${file}.cmd` : file))
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages
  } catch {
    return undefined
  }
}

function install() {
  const args = ["install", "--no-audit", "--no-fund", "--loglevel=error"]
  // Standard output stays free for the command that follows.
  const options = { stdio: ["ignore", 2, 2] }
  const npm = process.env.npm_execpath
  const { status } = npm?.endsWith(".js")
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync("npm", args, { ...options, shell: process.platform === "win32" })
  return status ?? 1
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
