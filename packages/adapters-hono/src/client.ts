/**
 * The type of the HTTP app, for Hono's typed client. Types only: importing it costs a caller nothing.
 *
 * @example
 * ```ts
 * import type { App } from "@altaworx/adapters-hono/client"
 * import { hc } from "hono/client"
 *
 * const api = hc<App>("http://127.0.0.1:8787", { headers: { Authorization: "Bearer ax_…" } })
 * const url = api.v1.devices.$url({ query: { limit: "10" } })
 * console.log(url.pathname + url.search) // "/v1/devices?limit=10"
 * ```
 */
export type { App } from "./create-app.ts"
export type { Problem, ProblemCode } from "./problems.ts"
export type { DeviceQuery } from "./routes/devices.ts"
export type { Health } from "./routes/health.ts"
export type {
  DeviceView,
  GuardRailsView,
  OptimizationApplyView,
  OptimizationProblemView,
  OptimizationSessionView,
  Page,
  ReconciliationView,
} from "./views.ts"
