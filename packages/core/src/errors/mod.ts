/** Failures of core: one class, stable codes, guards. */
export { ERROR_CODES, type ErrorCategory, type ErrorCode } from "./codes.ts"
export { CoreError, type CoreErrorOptions, isCoreError } from "./core-error.ts"
