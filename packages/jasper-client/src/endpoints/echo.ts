import * as v from "valibot"
import type { CallOptions } from "../call-options.ts"
import type { Caller } from "../transport/caller.ts"
import { readAnswer } from "../wire/read-answer.ts"

/** Has the carrier repeat a text: the health check of host, credentials and caller address. */
export async function echo(call: Caller, text: string, options: CallOptions = {}): Promise<string> {
  if (typeof text !== "string" || text === "") throw new TypeError("Cannot echo: the text is empty")
  const answer = await call({ method: "GET", path: `/echo/${encodeURIComponent(text)}` }, options)
  return readAnswer(v.looseObject({ context: v.string() }), answer).context
}
