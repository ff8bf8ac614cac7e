// `npm run typecheck`: each package twice, its edge rooms without Node's types, then its node rooms and tests with them.
import { existsSync, readdirSync } from "node:fs"
import { runSteps } from "./lib/steps.mjs"

const projects = [
  ...readdirSync("packages").flatMap((name) => [
    `packages/${name}/tsconfig.json`,
    `packages/${name}/tsconfig.node.json`,
  ]),
  "examples/tsconfig.json",
  "scripts/tsconfig.json",
].filter((file) => existsSync(file))

await runSteps(
  projects.map((project) => ({ name: project, command: ["tsc", "-p", project] })),
  { atOnce: 2 },
)
