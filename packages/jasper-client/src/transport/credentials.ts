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
    redact: createRedact([token, apiKey, encodeURIComponent(apiKey), base64(apiKey), ...inJson(apiKey)]),
  }
}

/** As JSON writes it: with its quotes escaped, and by some servers all that is not ASCII. */
function inJson(text: string): readonly string[] {
  const plain = JSON.stringify(text).slice(1, -1)
  const hex = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  const ascii = plain.replaceAll(/[^\0-\x7f]/g, hex)
  return [plain, plain.replaceAll("/", "\\/"), ascii, ascii.replaceAll("/", "\\/")]
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}
