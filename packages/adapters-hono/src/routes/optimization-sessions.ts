import { CoreError } from "@altaworx/core/errors"
import { findOptimizationApply, getOptimizationSession } from "@altaworx/core/optimization"
import { authorize } from "@altaworx/core/tenancy"
import { Hono } from "hono"
import type { AppCore, AppEnv } from "../app-env.ts"
import { optimizationApplyView, optimizationSessionView } from "../views.ts"

export function optimizationSessionRoutes(core: AppCore) {
  return new Hono<AppEnv>()
    .get("/:id", async (c) => {
      authorize(c.var.identity, "optimization.read")
      const session = await getOptimizationSession(core, c.var.identity.tenantId, c.req.param("id"))
      return c.json(optimizationSessionView(session), 200)
    })
    .get("/:id/apply", async (c) => {
      authorize(c.var.identity, "optimization.read")
      const { tenantId } = c.var.identity
      const { id } = await getOptimizationSession(core, tenantId, c.req.param("id"))
      const apply = await findOptimizationApply(core, tenantId, id)
      if (!apply) throw new CoreError("input.not_found", "No moves of the session were planned yet", { field: "id" })
      return c.json(optimizationApplyView(apply), 200)
    })
}
