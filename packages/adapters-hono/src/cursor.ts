import { CoreError } from "@altaworx/core/errors"

const PREFIX = "after:"

/** Where the next page of a list begins, in a form that says nothing callers could come to rely on. */
export function toCursor(lastId: string): string {
  return btoa(PREFIX + lastId)
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "")
}

/**
 * The id that a cursor stands after.
 *
 * @throws {CoreError} `input.invalid`, field `cursor`, for anything that is no cursor of ours.
 */
export function fromCursor(cursor: string): string {
  try {
    const text = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"))
    if (text.startsWith(PREFIX)) return text.slice(PREFIX.length)
  } catch {
    // Not base64: falls through to the refusal.
  }
  throw new CoreError("input.invalid", "Cannot list: cursor must be the nextCursor of an earlier answer", {
    field: "cursor",
  })
}
