// A process of the pool: runs each seed that it is sent, and sends back what came of it.
import { runSimulation } from "./run-simulation.ts"

process.on("message", (seed: number) => {
  void runSimulation(seed).then((result) => process.send?.(result))
})
