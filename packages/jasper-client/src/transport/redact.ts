/** Takes credentials out of text. */
export type Redact = (text: string) => string

/**
 * Makes the function that every message, body and cause passes before it leaves this package: servers and proxies echo
 * headers in error pages, and fetch implementations print requests in errors.
 *
 * @param secrets What must never be seen, in each of its written forms.
 */
export function createRedact(secrets: readonly string[]): Redact {
  const forms = [...new Set(secrets.filter((secret) => secret.length > 0))]
  // Longest first, so that no part of a longer form is left over.
  forms.sort((a, b) => b.length - a.length)
  return (text) => forms.reduce((rest, form) => rest.replaceAll(form, "[redacted]"), text)
}

/** How deep a chain of causes is followed: hosts nest two or three. */
const MAX_CAUSES = 4

/**
 * A plain copy of a foreign error: name, message, code and causes, redacted. The original is not kept, because it may
 * hold the request with its headers.
 */
export function redactError(error: unknown, redact: Redact, depth = 0): Error {
  if (!(error instanceof Error)) return new Error(redact(String(error)))
  const inner =
    error.cause === undefined || depth >= MAX_CAUSES ? undefined : redactError(error.cause, redact, depth + 1)
  const copy = new Error(redact(error.message), inner === undefined ? undefined : { cause: inner })
  copy.name = error.name
  copy.stack = redact(error.stack ?? "")
  const code = (error as { code?: unknown }).code
  if (typeof code === "string") Object.defineProperty(copy, "code", { value: redact(code), enumerable: true })
  return copy
}
