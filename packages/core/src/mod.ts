/** The platform: `createCore` joins store, carriers and rooms; each room's verbs are behind its own subpath. */
export { type Connector, type Core, type CreateCoreOptions, createCore } from "./create-core.ts"
export {
  type PlannedOptimizationChanges,
  planOptimizationChanges,
  type PlanOptimizationChangesRequest,
  reconcileOptimization,
} from "./plan-optimization-changes.ts"
export { createCores, type TenantCores } from "./create-cores.ts"
