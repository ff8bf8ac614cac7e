import { defineProject } from "vitest/config"

export default defineProject({
  resolve: { conditions: ["@altaworx/source"] },
  ssr: { resolve: { conditions: ["@altaworx/source"] } },
  test: { name: "optimizer", include: ["src/**/*.test.ts", "test/**/*.test.ts"] },
})
