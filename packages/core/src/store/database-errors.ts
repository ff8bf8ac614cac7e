import { CoreError, type ErrorCode, isCoreError } from "../errors/mod.ts"
import type { DatabaseKind } from "./address.ts"

/** What a database client's error says, found through its wrappers. */
export interface DescribedError {
  /** Extended SQLite code where there is one, else the client's own code, else `""`. */
  readonly code: string
  readonly message: string
  /** Index of the statement at which a batch stopped. */
  readonly statementIndex: number | undefined
  /** HTTP status of a remote database's refusal. */
  readonly status: number | undefined
}

export function describeError(error: unknown): DescribedError {
  let described: DescribedError = { code: "", message: String(error), statementIndex: undefined, status: undefined }
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code, extendedCode, statementIndex, status } = at as Error &
      Partial<Record<"code" | "extendedCode" | "statementIndex" | "status", unknown>>
    // The native module names the extended codes it knows, and makes up names for the others.
    const extended = typeof extendedCode === "string" && extendedCode.startsWith("SQLITE_")
    const own = extended ? extendedCode : typeof code === "string" ? code : ""
    const better = own.startsWith("SQLITE_") ? !described.code.startsWith("SQLITE_") : described.code === ""
    described = {
      ...(better ? { code: own, message: at.message } : { code: described.code, message: described.message }),
      statementIndex: described.statementIndex ?? (typeof statementIndex === "number" ? statementIndex : undefined),
      status: described.status ?? (typeof status === "number" ? status : undefined),
    }
  }
  return described
}

/** Whether the database refused because another connection holds a lock (base codes 5, 6 and 15, all extensions). */
export function isLocked(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(describeError(error).code)
}

/** Whether a remote database did not answer, or its answer was lost: the outcome is unknown. */
export function isUnreachable(error: unknown): boolean {
  const { code, status } = describeError(error)
  if (isCoreError(error) || code.startsWith("SQLITE_")) return false
  return status === undefined || status >= 500 || status === 408 || status === 429
}

// The first rule that fits names the failure. A statement the database cannot run is a defect: no retry mends it.
const RULES: readonly { readonly when: RegExp; readonly code: ErrorCode; readonly says: string }[] = [
  { when: /^SQLITE_(BUSY|LOCKED|PROTOCOL)/, code: "store.busy", says: "another process holds the lock" },
  { when: /^SQLITE_(NOTADB|CORRUPT)/, code: "store.corrupt", says: "the file is no database, or it is damaged" },
  { when: /^SQLITE_(CANTOPEN|READONLY|PERM)/, code: "store.unavailable", says: "it cannot be opened for writing" },
  { when: /^SQLITE_FULL/, code: "store.unavailable", says: "the disk is full" },
  {
    when: /^SQLITE_(ERROR|MISMATCH|RANGE|TOOBIG|MISUSE)|^SQL_(PARSE|INPUT)_ERROR/,
    code: "store.statement",
    says: "the database cannot run the statement",
  },
]

/** Wraps an error of the database client into one of ours that names what failed; defects of ours pass as they are. */
export function storeError(error: unknown, doing: string, kind: DatabaseKind): unknown {
  if (isCoreError(error)) return error
  const { code, message, status } = describeError(error)
  const failed = (as: ErrorCode, says: string) => new CoreError(as, `Cannot ${doing}: ${says}`, { cause: error })
  if (code.startsWith("SQLITE_CONSTRAINT")) return failed("store.constraint", constraintOf(message))
  if (/file is not a database|malformed database|disk image is malformed/.test(message)) {
    return failed("store.corrupt", "the file is no database, or it is damaged")
  }
  const rule = RULES.find(({ when }) => when.test(code))
  if (rule) return failed(rule.code, rule.says)
  if (status === 401 || status === 403) return failed("auth.refused", "the database refused the token")
  // On a file there is no network to fail: what is no database error was thrown by the code around it.
  if (code === "" && kind !== "remote") return error
  return failed("store.unavailable", code || "the database did not answer")
}

/** The constraint's name without any value. */
function constraintOf(message: string): string {
  return (
    /(UNIQUE|CHECK|NOT NULL|FOREIGN KEY) constraint failed(: [\w., ]+)?/.exec(message)?.[0] ?? "a constraint failed"
  )
}
