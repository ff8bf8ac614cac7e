import { sourceProject } from "../../scripts/vitest-project.ts"

export default sourceProject("optimizer", { testTimeout: 30_000 })
