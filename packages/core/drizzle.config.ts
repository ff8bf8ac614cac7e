import { defineConfig } from "drizzle-kit"

export default defineConfig({
  dialect: "sqlite",
  casing: "snake_case",
  schema: "./packages/core/src/**/schema.ts",
  out: "./packages/core/migrations",
})
