// `npm run lint`: code rules, import rules, unused code and dependencies, format (which
// `npm run format` repairs), links.
import { existsSync } from "node:fs"
import { checkLinks } from "./lib/check-links.mjs"
import { runSteps } from "./lib/steps.mjs"

const folders = ["packages", "examples", "scripts", "bench"].filter((folder) => existsSync(folder))

await runSteps(
  [
    { name: "code rules (oxlint)", command: ["oxlint", "--deny-warnings", "--format=unix", "."] },
    { name: "import rules (dependency-cruiser)", command: ["depcruise", ...folders] },
    { name: "unused code and dependencies (knip)", command: ["knip", "--no-progress"] },
    { name: "format (biome)", command: ["biome", "format", "--reporter=summary", "."] },
    { name: "links between pages", run: checkLinks },
  ],
  { atOnce: 2 },
)
