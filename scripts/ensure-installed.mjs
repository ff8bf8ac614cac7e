// Runs before `npm start`, `npm test` and `npm run serve`, on whatever Node npm itself runs on, so it uses nothing that
// has to be installed. Installs the locked dependencies when they are missing or older than the lockfile.
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { createHash } from "node:crypto"

const stamp = "node_modules/.altaworx-lock-hash"
const wanted = createHash("sha256").update(readFileSync("package-lock.json")).digest("hex")
const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : ""

if (wanted !== installed) {
  console.error("Installing dependencies (once) …")
  const npm = process.env.npm_execpath
  const args = ["install", "--no-audit", "--no-fund", "--loglevel=error"]
  const { status } = npm
    ? spawnSync(process.execPath, [npm, ...args], { stdio: ["ignore", 2, 2] })
    : spawnSync("npm", args, { stdio: ["ignore", 2, 2], shell: process.platform === "win32" })
  if (status !== 0) {
    console.error("Could not install the dependencies. Check the network and the npm registry settings, then run `npm install`.")
    process.exit(status ?? 1)
  }
  writeFileSync(stamp, createHash("sha256").update(readFileSync("package-lock.json")).digest("hex"))
}
