import { isCoreError } from "@altaworx/core/errors"
import { type Context, Hono } from "hono"
import { methodNotAllowed } from "hono/method-not-allowed"
import type { ApiSchema } from "./api-schema.ts"
import type { AppCore, AppEnv } from "./app-env.ts"
import { authentication } from "./authentication.ts"
import { type Problem, problem, problemOf, problemResponse } from "./problems.ts"
import { deviceRoutes } from "./routes/devices.ts"
import { healthRoutes } from "./routes/health.ts"
import { optimizationSessionRoutes } from "./routes/optimization-sessions.ts"

/** A request that failed on our side. */
export interface RequestFailure {
  /** The same as in the answer. */
  readonly requestId: string
  readonly method: string
  /** Without the query: it may hold identifiers. */
  readonly path: string
  readonly status: number
  readonly error: unknown
}

export interface CreateAppOptions {
  /** Told of every request that fails with a status of 500 or more. Log it with care: a cause may hold anything. */
  readonly report?: (failure: RequestFailure) => void
}

/** The HTTP app. Give `app.fetch` to any host that Hono runs on. */
export type App = Hono<AppEnv, ApiSchema, "/">

/**
 * Makes the HTTP app over a core.
 *
 * @example
 * ```ts
 * import { createClient } from "@libsql/client"
 * import { createApp } from "@altaworx/adapters-hono"
 * import { systemRuntime } from "@altaworx/core/ports"
 * import { openStore } from "@altaworx/core/store"
 *
 * const runtime = systemRuntime()
 * const store = await openStore({ url: ":memory:", createClient, runtime })
 * const app = createApp({ store, runtime })
 * console.log((await app.request("/healthz")).status) // 200
 * store.close()
 * ```
 */
export function createApp(core: AppCore, options: CreateAppOptions = {}): App {
  const app = new Hono<AppEnv>()
  app.use(async (c, next) => {
    c.set("requestId", core.runtime.newId())
    c.header("X-Request-Id", c.var.requestId)
    await next()
  })
  app.use("/v1/*", authentication(core))
  app.use(methodNotAllowed({ app, onMethodNotAllowed: refuseMethod }))
  app.notFound((c) => answer(c, problem("http.not_found", `Cannot find ${c.req.path}`, c.var.requestId)))
  app.onError((error, c) => {
    const { requestId } = c.var
    const told = isCoreError(error)
      ? problemOf(error, requestId)
      : problem("unexpected", "Cannot answer: something unexpected failed; nothing more is told here", requestId)
    if (told.status >= 500) {
      options.report?.({ requestId, method: c.req.method, path: c.req.path, status: told.status, error })
    }
    return answer(c, told, headersFor(error, told.status))
  })
  return withRoutes(app, core)
}

/** The routes in one chain, so that their types add up. */
export function withRoutes(app: Hono<AppEnv>, core: AppCore) {
  return app
    .route("/", healthRoutes(core))
    .route("/v1/devices", deviceRoutes(core))
    .route("/v1/optimization-sessions", optimizationSessionRoutes(core))
}

function refuseMethod(c: Context, allowed: string[]): Response {
  const { method, path } = c.req
  const told = problem(
    "http.method_not_allowed",
    `Cannot ${method} ${path}: use ${allowed.join(", ")}`,
    c.var.requestId,
  )
  return answer(c, told, { Allow: allowed.join(", ") })
}

function answer(c: Context, told: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  return problemResponse(told, { ...headers, "X-Request-Id": c.var.requestId })
}

function headersFor(error: Error, status: number): Readonly<Record<string, string>> {
  if (status === 401) return { "WWW-Authenticate": "Bearer" }
  if (status !== 503) return {}
  const waitMs = isCoreError(error) ? (error.retryAfterMs ?? 1_000) : 1_000
  return { "Retry-After": String(Math.ceil(waitMs / 1_000)) }
}
