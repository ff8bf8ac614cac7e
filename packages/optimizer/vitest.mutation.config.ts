import { defineConfig } from "vitest/config"

// The tests that hold price and bound to their word; the slow ones about solving would only repeat them.
export default defineConfig({
  resolve: { conditions: ["@altaworx/source"] },
  ssr: { resolve: { conditions: ["@altaworx/source"] } },
  test: { include: ["test/price.test.ts", "test/bound.test.ts", "src/charge/exact-share.test.ts"] },
})
