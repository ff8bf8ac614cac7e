import { ERROR_CODES, type ErrorCategory, type ErrorCode } from "./codes.ts"

// A registered symbol rather than `instanceof`: two installed copies of this package must agree on what an error is.
const brand = Symbol.for("@altaworx/core/error")

export interface CoreErrorOptions {
  /** Path of the offending input field, for example `billingPeriodEndDay`. */
  readonly field?: string
  /** How long to wait before a retry, where the other side said so. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/**
 * The one error class of core. `code` is stable and decides category and retry; the message is for people and holds
 * neither secrets nor whole identifiers.
 *
 * @example
 * ```ts
 * import { CoreError, isCoreError } from "@altaworx/core/errors"
 *
 * const error = new CoreError("input.invalid", "Cannot read the page: it must be 1 or more, got 0", { field: "page" })
 * console.log(isCoreError(error, "input.invalid"), error.retryable) // true false
 * ```
 */
export class CoreError extends Error {
  override readonly name = "CoreError"
  readonly code: ErrorCode
  readonly category: ErrorCategory
  readonly retryable: boolean
  readonly field: string | undefined
  readonly retryAfterMs: number | undefined
  readonly [brand] = true

  constructor(code: ErrorCode, message: string, options: CoreErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.category = ERROR_CODES[code].category
    this.retryable = ERROR_CODES[code].retryable
    this.field = options.field
    this.retryAfterMs = options.retryAfterMs
  }
}

/** Whether `error` is a {@link CoreError}, and of `code` where one is given. */
export function isCoreError(error: unknown, code?: ErrorCode): error is CoreError {
  return (
    typeof error === "object" &&
    error !== null &&
    brand in error &&
    (code === undefined || (error as CoreError).code === code)
  )
}
