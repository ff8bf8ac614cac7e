import { authenticate } from "@altaworx/core/tenancy"
import type { AppCore } from "./app-env.ts"
import { bearerOf } from "./authentication.ts"
import { type App, createApp, type CreateAppOptions } from "./create-app.ts"

/** An app over several databases; give its `fetch` to any host. */
export interface TenantApp {
  readonly fetch: (request: Request) => Promise<Response>
}

/**
 * Makes one HTTP app over several databases: a request is answered from the one that knows its API key, and from no other.
 *
 * @param cores One for each database, the shared one first: it answers what needs no key. `/healthz` is well where all
 *   are.
 */
export function createTenantApp(cores: readonly [AppCore, ...AppCore[]], options: CreateAppOptions = {}): TenantApp {
  const apps = cores.map((core) => ({ core, app: createApp(core, options) }))
  const [first] = apps as [(typeof apps)[number], ...typeof apps]
  return {
    async fetch(request) {
      if (new URL(request.url).pathname === "/healthz") {
        const answers = await Promise.all(apps.map(async ({ app }) => app.fetch(request.clone())))
        return answers.find((answer) => !answer.ok) ?? (answers[0] as Response)
      }
      const key = bearerOf(request.headers.get("Authorization"))
      if (key === undefined) return first.app.fetch(request)
      let unasked: App | undefined
      for (const { core, app } of apps) {
        try {
          if (await authenticate(core, key)) return app.fetch(request)
        } catch {
          // The key may be another's; if it is nobody else's, this one tells what is wrong with it.
          unasked ??= app
        }
      }
      return (unasked ?? first.app).fetch(request)
    },
  }
}
