/** The HTTP app over the core: `createApp`, and the shapes of its answers. */
export type { ApiSchema } from "./api-schema.ts"
export type { AppCore, AppEnv } from "./app-env.ts"
export { type App, type CreateAppOptions, createApp, type RequestFailure } from "./create-app.ts"
export { createTenantApp, type TenantApp } from "./create-tenant-app.ts"
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
