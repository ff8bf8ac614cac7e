// `npm run version`: turns the waiting notes in .changeset/ into version numbers and changelogs, for npm, JSR and the
// lockfile alike. Commit what it changed, then `npm run release`.
import { runCommand, runSteps } from "./lib/steps.mjs"

await runSteps([
  {
    name: "versions",
    run: async () => {
      await runCommand(["changeset", "version"])
      await runCommand(["node", "scripts/sync-manifests.mjs"])
      await runCommand(["npm", "install", "--package-lock-only", "--no-audit", "--no-fund"])
      await runCommand(["node", "scripts/complete-lockfile.mjs"])
      await runCommand(["biome", "format", "--write", "packages", "examples", "package.json", ".changeset"])
      return "bumped in package.json, jsr.json and package-lock.json"
    },
  },
])
