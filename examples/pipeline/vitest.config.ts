import { sourceProject } from "../../scripts/vitest-project.ts"

// Its tests start the whole program, some of them on a busy machine.
export default sourceProject("example-pipeline", {
  testTimeout: 60_000,
  globalSetup: "./test/programs.ts",
})
