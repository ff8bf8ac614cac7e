#!/usr/bin/env node
import { runSimulatorCommand } from "../dist/simulator/node.js"

await runSimulatorCommand(process.argv.slice(2))
