import * as v from "valibot"
import { JasperError } from "../errors.ts"
import type { Answer } from "../transport/caller.ts"

/**
 * Reads an answer by its schema. Unknown fields pass; a wrong one is named by its path, never by its value, since
 * identifiers are personal data.
 *
 * @throws {JasperError} `response.schema`.
 */
export function readAnswer<Value>(schema: v.GenericSchema<unknown, Value>, answer: Answer): Value {
  const result = v.safeParse(schema, answer.json, { abortEarly: true, abortPipeEarly: true })
  if (result.success) return result.output
  const issue = result.issues[0]
  const path = v.getDotPath(issue) ?? "the answer"
  const expected = issue.expected ?? issue.message
  throw schemaError(answer, path, expected)
}

/** The error for an answer of another shape than documented. */
export function schemaError(answer: Answer, path: string, expected: string): JasperError {
  return new JasperError("response.schema", `Cannot read the answer to ${answer.call}: ${path} must be ${expected}`, {
    status: answer.status,
    requestId: answer.requestId,
  })
}
