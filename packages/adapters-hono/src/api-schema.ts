import type { DeviceQuery } from "./routes/devices.ts"
import type { Health } from "./routes/health.ts"
import type { DeviceView, OptimizationApplyView, OptimizationSessionView, Page } from "./views.ts"

// Aliases, not interfaces: Hono's client looks for an index signature, which interfaces never have.
type Endpoint<Input, Output, Status extends number> = {
  input: Input
  output: Output
  outputFormat: "json"
  status: Status
}

/**
 * What each address takes and gives. Written by hand, so that it stays a contract; a test compares it with the routes.
 * Every address may also answer with a problem.
 */
export type ApiSchema = {
  "/healthz": { $get: Endpoint<{}, Health, 200> | Endpoint<{}, Health, 503> }
  "/v1/devices": { $get: Endpoint<{ query: DeviceQuery }, Page<DeviceView>, 200> }
  "/v1/devices/:id": { $get: Endpoint<{ param: { id: string } }, DeviceView, 200> }
  "/v1/optimization-sessions/:id": { $get: Endpoint<{ param: { id: string } }, OptimizationSessionView, 200> }
  "/v1/optimization-sessions/:id/apply": { $get: Endpoint<{ param: { id: string } }, OptimizationApplyView, 200> }
}
