// `npm run test:deep [-- part of a name ...]`: what takes too long for `npm test`, part by part; each ends with a line that
// says how long it took. One after the other, since each uses all cores.
import { runCommand, runSteps } from "./lib/steps.mjs"

// So many strike each named point in each way; `npm run simulate` runs a thousand.
const SEEDS = 400

/** @type {readonly { name: string, command: string[], note?: RegExp, env?: Record<string, string>, cwd?: string }[]} */
const PARTS = [
  {
    name: "long tests (*.deep.test.ts)",
    command: ["vitest", "run"],
    env: { TEST_DEPTH: "deep" },
    note: /Tests .*/,
  },
  {
    name: `simulation of ${SEEDS} seeds`,
    command: [
      "node",
      "--conditions=@altaworx/source",
      "packages/core/test/simulation/main.ts",
      `--seeds=${SEEDS}`,
      "--seed=10000",
    ],
    note: /Seeds .* are clean/,
  },
  {
    // One place at a time is changed, and some test has to notice.
    name: "mutants of what money and identifiers depend on",
    command: ["stryker", "run"],
    note: /All files.*/,
  },
  {
    // Held to more: nine of ten mutants of what the optimizer charges and proves.
    name: "mutants of the optimizer",
    command: ["stryker", "run"],
    cwd: "packages/optimizer",
    note: /All files.*/,
  },
  {
    name: "broken builds",
    command: ["node", "scripts/broken-builds.mjs"],
    note: /.* broken builds were noticed/,
  },
  {
    name: "runtimes",
    command: ["node", "scripts/runtimes.mjs"],
  },
]

const words = process.argv.slice(2)
const chosen = PARTS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
if (chosen.length === 0) {
  console.error(`No part has ${words.join(", ")} in its name; there are:\n${PARTS.map(({ name }) => name).join("\n")}`)
  process.exit(2)
}
await runSteps(
  chosen.map(({ name, command, env, cwd, note }) => ({
    name,
    run: async () => (await runCommand(command, { env, cwd })).match(note ?? /$^/)?.[0],
  })),
)
