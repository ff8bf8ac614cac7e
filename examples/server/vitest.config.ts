import { sourceProject } from "../../scripts/vitest-project.ts"

// Each test starts a process; on a busy machine that alone takes seconds.
export default sourceProject("example-server", {
  testTimeout: 30_000,
  globalSetup: "./test-programs.ts",
})
