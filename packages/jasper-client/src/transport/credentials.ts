import { createRedact, type Redact } from "./redact.ts"

/** The account's credentials in the one form that is sent. */
export interface Credentials {
  /** Value of the `Authorization` header. */
  readonly authorization: string
  /** Takes every form of the key out of a text. */
  readonly redact: Redact
}

/**
 * Builds the Basic header (user and API key, UTF-8).
 *
 * @throws {TypeError} If one is missing, or the user name has a colon. The message holds neither.
 */
export function createCredentials(username: string, apiKey: string): Credentials {
  if (typeof username !== "string" || username === "") throw new TypeError("Cannot sign in: username is missing")
  if (typeof apiKey !== "string" || apiKey === "") throw new TypeError("Cannot sign in: apiKey is missing")
  if (username.includes(":")) throw new TypeError("Cannot sign in: username must not contain a colon")
  const token = base64(`${username}:${apiKey}`)
  return {
    authorization: `Basic ${token}`,
    redact: createRedact([token, apiKey, encodeURIComponent(apiKey), base64(apiKey)]),
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}
