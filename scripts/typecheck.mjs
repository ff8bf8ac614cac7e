// Type-checks each package twice: its edge rooms without Node's types, then its node rooms and tests with them.
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"

const projects = [
  ...readdirSync("packages").flatMap((name) => [`packages/${name}/tsconfig.json`, `packages/${name}/tsconfig.node.json`]),
  "examples/tsconfig.json",
].filter((file) => existsSync(file))

let failed = 0
for (const project of projects) {
  const { status } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", project], { stdio: "inherit" })
  if (status !== 0) failed++
}
process.exit(failed === 0 ? 0 : 1)
