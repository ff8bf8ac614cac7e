import { hasTenants } from "@altaworx/core/tenancy"
import { Hono } from "hono"
import type { AppCore, AppEnv } from "../app-env.ts"

/** Whether the app can do its work. */
export interface Health {
  readonly status: "ok" | "unavailable"
  /** Whether the database answered a read. */
  readonly store: "reachable" | "unreachable"
}

// A probe that waits longer than its prober says nothing: most give up after a few seconds.
const PATIENCE_MS = 2_000

export function healthRoutes(core: AppCore) {
  return new Hono<AppEnv>().get("/healthz", async (c) =>
    (await isReachable(core))
      ? c.json<Health, 200>({ status: "ok", store: "reachable" }, 200)
      : c.json<Health, 503>({ status: "unavailable", store: "unreachable" }, 503),
  )
}

async function isReachable(core: AppCore): Promise<boolean> {
  const answered = new AbortController()
  const tooLate = core.runtime.clock.sleep(PATIENCE_MS, answered.signal).then(
    () => false,
    () => false,
  )
  const read = hasTenants(core).then(
    () => true,
    () => false,
  )
  const reachable = await Promise.race([read, tooLate])
  answered.abort()
  return reachable
}
