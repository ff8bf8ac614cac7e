import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    projects: ["packages/*", "examples/*/vitest.config.ts", "scripts/vitest.config.ts"],
    // Two cores: two files at a time, so that suites that start processes keep their own pace.
    maxWorkers: 2,
  },
})
