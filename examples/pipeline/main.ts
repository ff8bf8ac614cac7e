// `npm start`.
import { runPipelineCommand } from "./command.ts"

process.exit(await runPipelineCommand(process.argv.slice(2)))
