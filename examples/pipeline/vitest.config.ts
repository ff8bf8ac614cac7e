import { defineProject } from "vitest/config"

export default defineProject({
  resolve: { conditions: ["@altaworx/source"] },
  ssr: { resolve: { conditions: ["@altaworx/source"] } },
  test: { name: "example-pipeline", include: ["**/*.test.ts"], testTimeout: 30_000 },
})
