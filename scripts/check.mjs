// `npm run check`: what users will install is right. Builds what is out of date, packs the four packages, and looks at
// the tarballs from outside: manifests, types, sizes, the JSR rules, and an empty project that imports every door.
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { checkSnippets } from "./lib/check-snippets.mjs"
import { checkConsumer } from "./lib/consumer.mjs"
import { listPackages } from "./lib/packages.mjs"
import { runCommand, runSteps } from "./lib/steps.mjs"

const packages = listPackages()
const work = mkdtempSync(join(tmpdir(), "altaworx-check-"))
process.on("exit", () => rmSync(work, { recursive: true, force: true }))

const tarballs = packages.map(({ manifest }) =>
  join(work, `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`),
)

const isReady = await runSteps([
  { name: "npm and JSR manifests agree", command: ["node", "scripts/sync-manifests.mjs", "--check"] },
  { name: "npm ci accepts the lockfile", command: ["npm", "ci", "--dry-run", "--ignore-scripts", "--prefer-offline"] },
  { name: "build", run: buildIfStale },
  {
    name: "pack",
    command: [
      "npm",
      "pack",
      "--silent",
      `--pack-destination=${work}`,
      ...packages.map((one) => `--workspace=${one.name}`),
    ],
  },
])

if (isReady) {
  await runSteps(
    [
      {
        name: "an empty project imports every door",
        run: () => checkConsumer(join(work, "consumer"), tarballs, packages),
      },
      ...packages.map(({ name, folder }) => ({
        name: `JSR accepts ${name}`,
        command: ["deno", "publish", "--dry-run", "--allow-dirty", "--quiet"],
        cwd: folder,
      })),
      ...packages.flatMap(({ name }, index) => [
        { name: `manifest of ${name} (publint)`, command: ["publint", tarballs[index], "--strict"] },
        {
          name: `types of ${name} (attw)`,
          command: ["attw", tarballs[index], "--profile", "esm-only", "--exclude-entrypoints", "package.json"],
        },
      ]),
      { name: "no any in public types", run: checkPublicTypes },
      { name: "examples in pages and comments compile, run and print what they say", run: checkSnippets },
      { name: "sizes (size-limit)", run: checkSizes },
    ],
    { atOnce: 2 },
  )
}

async function buildIfStale() {
  const stale = packages.filter(({ folder }) => {
    const inputs = [...globSync(`${folder}/src/**/*.ts`), `${folder}/package.json`, "tsup.config.ts", "tsconfig.json"]
    const outputs = globSync(`${folder}/dist/**/*.d.ts`)
    if (outputs.length === 0) return true
    return Math.max(...inputs.map(changedAt)) > Math.min(...outputs.map(changedAt))
  })
  if (stale.length === 0) return "up to date"
  await runCommand(["tsup", "--silent"])
}

/** Lint refuses a written `any`; this finds the inferred ones, where users would meet them. */
function checkPublicTypes() {
  const found = packages.flatMap(({ folder }) =>
    globSync(`${folder}/dist/**/*.d.ts`).flatMap((file) => {
      const code = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*|"[^"]*"/g, (text) =>
        text.replace(/[^\n]/g, " "),
      )
      const lines = code.split("\n").map((line, index) => ({ line, at: `${file}:${index + 1}` }))
      return lines.filter(({ line }) => /\bany\b/.test(line)).map(({ at, line }) => `${at}: ${line.trim()}`)
    }),
  )
  if (found.length > 0) throw new Error(found.join("\n"))
}

async function checkSizes() {
  await runCommand(["size-limit"])
  const sizes = JSON.parse(await runCommand(["size-limit", "--json"]))
  return sizes.map(({ name, size }) => `${name} ${(size / 1000).toFixed(1)} kB`).join(", ")
}

function changedAt(file) {
  return statSync(file).mtimeMs
}
