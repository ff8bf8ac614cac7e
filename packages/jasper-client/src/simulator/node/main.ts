// The simulator as a process of its own, run from the sources; `bin/altaworx-jasper-simulator.js` is its twin for dist.
import { runSimulatorCommand } from "./command.ts"

await runSimulatorCommand(process.argv.slice(2))
