/** What is wrong with a field: its type, its range, an unknown or repeated id, or a column's length. */
export type ProblemErrorCode =
  | "problem.type"
  | "problem.range"
  | "problem.unknown_id"
  | "problem.duplicate_id"
  | "problem.length"

const brand = Symbol.for("@altaworx/optimizer/problem-error")

/** Refused input: names the field, before any work was done. */
export class ProblemError extends RangeError {
  override readonly name = "ProblemError"
  readonly code: ProblemErrorCode
  /** Path of the field, for example `sims.usage[17]` or `plans[2].pool`. */
  readonly path: string

  constructor(code: ProblemErrorCode, path: string, complaint: string) {
    super(`Cannot read problem: ${path} ${complaint}`)
    this.code = code
    this.path = path
    Object.defineProperty(this, brand, { value: true })
  }
}

/**
 * Tells whether a caught value is a `ProblemError`, also across two installed copies of the package.
 *
 * @param error Any caught value.
 * @param code Narrow to one code.
 */
export function isProblemError(error: unknown, code?: ProblemErrorCode): error is ProblemError {
  if (typeof error !== "object" || error === null || !(brand in error)) return false
  return code === undefined || (error as unknown as ProblemError).code === code
}

/** Refuses a value: the message says what the field must do, and what it holds. */
export function refuse(code: ProblemErrorCode, path: string, wanted: string, value: unknown): never {
  throw new ProblemError(code, path, `must ${wanted}, got ${show(value)}`)
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object"
  return String(value)
}
