import { CoreError } from "@altaworx/core/errors"
import { authenticate } from "@altaworx/core/tenancy"
import type { MiddlewareHandler } from "hono"
import type { AppCore, AppEnv } from "./app-env.ts"

/** Lets a request pass that carries an API key, and notes whose it is. */
export function authentication(core: AppCore): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const key = bearerOf(c.req.header("Authorization"))
    if (key === undefined) {
      throw new CoreError(
        "auth.refused",
        "Cannot answer without an API key: send it as Authorization: Bearer <API key>",
      )
    }
    const identity = await authenticate(core, key)
    if (!identity)
      throw new CoreError("auth.refused", "Cannot answer: the API key is unknown, was revoked or has expired")
    c.set("identity", identity)
    await next()
  }
}

/** The API key that a request carries. */
export function bearerOf(authorization: string | null | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1]
}
