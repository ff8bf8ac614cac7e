// Writes each package's jsr.json from its package.json, so that the npm and the JSR package have one version and the same
// doors. With --check it writes nothing and fails when they differ.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"

const SOURCE = "@altaworx/source"

/** The manifest that JSR reads, made from the one that npm reads. */
function jsrManifest(npm) {
  const doors = Object.entries(npm.exports).filter(([, door]) => typeof door === "object")
  return {
    name: npm.name,
    version: npm.version,
    license: npm.license,
    exports: Object.fromEntries(doors.map(([path, door]) => [path, door[SOURCE]])),
    publish: {
      include: ["src", "README.md", "LICENSE", "CHANGELOG.md"],
      exclude: ["**/*.test.ts", "**/*.test-d.ts"],
    },
  }
}

/** What is wrong with the doors themselves: each has a source, its types and its code, built from the same place. */
function doorFaults(npm, folder) {
  const faults = []
  for (const [path, door] of Object.entries(npm.exports)) {
    if (path === "./package.json") continue
    const keys = Object.keys(door).join(", ")
    if (keys !== `${SOURCE}, types, default`) faults.push(`${npm.name} ${path}: conditions are ${keys}`)
    else if (door.types.replace(/\.d\.ts$/, "") !== door.default.replace(/\.js$/, "")) {
      faults.push(`${npm.name} ${path}: types and code come from different files`)
    }
    if (!existsSync(`${folder}/${door[SOURCE]}`)) faults.push(`${npm.name} ${path}: there is no ${door[SOURCE]}`)
    if (path.includes("*")) faults.push(`${npm.name} ${path}: doors are named one by one`)
  }
  return faults
}

const checkOnly = process.argv.includes("--check")
const faults = []
for (const folder of readdirSync("packages").map((name) => `packages/${name}`)) {
  const npm = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"))
  faults.push(...doorFaults(npm, folder))
  const file = `${folder}/jsr.json`
  const wanted = `${JSON.stringify(jsrManifest(npm), null, 2)}\n`
  const current = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {}
  if (JSON.stringify(current) === JSON.stringify(JSON.parse(wanted))) continue
  if (checkOnly) faults.push(`${file} differs from ${folder}/package.json: run \`node scripts/sync-manifests.mjs\``)
  else writeFileSync(file, wanted)
}
for (const fault of faults) console.error(fault)
process.exitCode = faults.length === 0 ? 0 : 1
