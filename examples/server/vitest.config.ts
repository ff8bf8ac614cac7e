import { defineProject } from "vitest/config"

export default defineProject({
  resolve: { conditions: ["@altaworx/source"] },
  ssr: { resolve: { conditions: ["@altaworx/source"] } },
  // Each test starts a process; on a busy machine that alone takes seconds.
  test: { name: "example-server", include: ["**/*.test.ts"], testTimeout: 30_000 },
})
