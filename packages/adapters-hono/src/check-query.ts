import { CoreError } from "@altaworx/core/errors"
import type { MiddlewareHandler } from "hono"
import { validator } from "hono/validator"
import * as v from "valibot"
import type { AppEnv } from "./app-env.ts"

/**
 * Reads the query parameters of a route as its schema wants them: `c.req.valid("query")`. A parameter that the route does
 * not have is refused rather than ignored: a mistyped filter would silently list everything.
 *
 * @throws {CoreError} From the handler: `input.invalid` with the parameter's name; its value is not repeated.
 */
export function checkQuery<Input, Output>(
  schema: v.GenericSchema<Input, Output>,
): MiddlewareHandler<AppEnv, string, { in: { query: Input }; out: { query: Output } }> {
  return validator("query", (given) => {
    const checked = v.safeParse(schema, given)
    if (checked.success) return checked.output
    const [issue] = checked.issues
    const field = v.getDotPath(issue) ?? "query"
    const reason = issue.type === "strict_object" ? "is no parameter of this address" : issue.message
    throw new CoreError("input.invalid", `Cannot use the query: ${field} ${reason}`, { field })
  }) as MiddlewareHandler
}
