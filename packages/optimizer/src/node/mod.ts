export { readProblemFile } from "./read-problem-file.ts"
export { runOptimizeCommand } from "./run-optimize-command.ts"
