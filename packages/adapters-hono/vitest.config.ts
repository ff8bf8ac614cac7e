import { sourceProject } from "../../scripts/vitest-project.ts"

export default sourceProject("adapters-hono")
