import { CoreError } from "../../errors/mod.ts"

/** @throws {CoreError} `input.invalid` with the field's name. */
export function checkText(value: unknown, field: string): string {
  const trimmed = typeof value === "string" ? value.trim() : ""
  if (!/^[^\p{Cc}]{1,200}$/u.test(trimmed)) {
    throw new CoreError(
      "input.invalid",
      `Cannot save: ${field} must have 1 to 200 characters and no control characters`,
      {
        field,
      },
    )
  }
  return trimmed
}

/** @throws {CoreError} `input.invalid` with the field's name. */
export function checkAmount(value: unknown, field: string, least = 0): number {
  if (!Number.isSafeInteger(value) || (value as number) < least) {
    throw new CoreError(
      "input.invalid",
      `Cannot save: ${field} must be an integer of at least ${least}, got ${String(value)}`,
      {
        field,
      },
    )
  }
  return value as number
}

/** @throws {CoreError} `input.invalid`, field `limit`. */
export function checkLimit(limit = 100): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) {
    throw new CoreError("input.invalid", `Cannot list: limit must be 1 to 1000, got ${limit}`, { field: "limit" })
  }
  return limit
}
