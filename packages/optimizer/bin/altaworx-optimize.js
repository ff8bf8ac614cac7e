#!/usr/bin/env node
import { existsSync } from "node:fs"

// In a clone that has not been built yet, Node runs the sources themselves.
const built = new URL("../dist/node.js", import.meta.url)
const source = new URL("../src/node/mod.ts", import.meta.url)
const { runOptimizeCommand } = await import((existsSync(built) ? built : source).href)

// Who reads the output may stop early, like `head`.
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error
  process.exit(0)
})
process.exitCode = await runOptimizeCommand(process.argv.slice(2))
