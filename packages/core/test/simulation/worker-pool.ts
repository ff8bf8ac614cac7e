import { type ChildProcess, fork } from "node:child_process"
import { join } from "node:path"
import type { SimulationResult } from "./run-simulation.ts"

export interface WorkerPool {
  /** Runs a seed in a process that is free. At most as many at a time as there are processes. */
  run(seed: number): Promise<SimulationResult>
  close(): void
}

/** Processes that run seeds, one at a time each. */
export function openWorkerPool(size: number): WorkerPool {
  const all = Array.from({ length: size }, () =>
    // Structured clones, so that maps arrive as maps.
    fork(join(import.meta.dirname, "worker.ts"), { serialization: "advanced" }),
  )
  const free = [...all]
  return {
    async run(seed) {
      const worker = free.pop()
      if (!worker) throw new Error("More seeds at a time than processes")
      const result = await ask(worker, seed)
      free.push(worker)
      return result
    },
    close() {
      for (const worker of all) worker.disconnect()
    },
  }
}

function ask(worker: ChildProcess, seed: number): Promise<SimulationResult> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null) =>
      reject(new Error(`The process of seed ${seed} ended with ${signal ?? code}`))
    worker.once("exit", onExit)
    worker.once("message", (result: SimulationResult) => {
      worker.off("exit", onExit)
      resolve(result)
    })
    worker.send(seed)
  })
}
