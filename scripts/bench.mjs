// `npm run bench [-- name … --flag …]`: the measurements of the named folders of bench/, or of all of them, one after the
// other; flags are theirs.
// Ratios are measured with both sides in one run; absolute times say little on a machine that does other work.
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"

const known = readdirSync("bench").filter((name) => existsSync(`bench/${name}/main.ts`))
const words = process.argv.slice(2)
const firstFlag = words.findIndex((word) => word.startsWith("-"))
const asked = firstFlag < 0 ? words : words.slice(0, firstFlag)
const flags = firstFlag < 0 ? [] : words.slice(firstFlag)

const unknown = asked.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`There is no measurement called ${unknown.join(", ")}; there are ${known.join(", ")}`)
  process.exit(2)
}
for (const name of asked.length > 0 ? asked : known) {
  console.log(`\n== ${name}`)
  const args = ["--conditions=@altaworx/source", `bench/${name}/main.ts`, ...flags]
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" })
  if (status !== 0) process.exitCode = 1
}
