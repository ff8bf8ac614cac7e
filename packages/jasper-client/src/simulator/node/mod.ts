/**
 * The simulator on Node: served over HTTP, with its journal in a file, as a process of its own.
 *
 * @module
 */
export { runSimulatorCommand } from "./command.ts"
export { openJournalFile } from "./journal-file.ts"
export type { SimulatorProcess, SimulatorProcessOptions } from "./process.ts"
export { startSimulatorProcess } from "./process.ts"
export type { ServedSimulator, ServeOptions } from "./serve.ts"
export { serveSimulator } from "./serve.ts"
