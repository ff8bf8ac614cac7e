import { getOptimizationSession } from "@altaworx/core/optimization"
import { authorize } from "@altaworx/core/tenancy"
import { Hono } from "hono"
import type { AppCore, AppEnv } from "../app-env.ts"
import { optimizationSessionView } from "../views.ts"

export function optimizationSessionRoutes(core: AppCore) {
  return new Hono<AppEnv>().get("/:id", async (c) => {
    authorize(c.var.identity, "optimization.read")
    const session = await getOptimizationSession(core, c.var.identity.tenantId, c.req.param("id"))
    return c.json(optimizationSessionView(session), 200)
  })
}
