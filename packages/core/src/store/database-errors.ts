import { CoreError } from "../errors/mod.ts"

/** Code, message and failing statement of a database client's error, found through wrappers. */
function describe(error: unknown): { code: string; message: string; statementIndex: number | undefined } {
  let statementIndex: number | undefined
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code, extendedCode } = at as { code?: unknown; extendedCode?: unknown }
    const index = (at as { statementIndex?: unknown }).statementIndex
    if (typeof index === "number") statementIndex = index
    if (typeof code === "string" && code.startsWith("SQLITE_")) {
      return { code: typeof extendedCode === "string" ? extendedCode : code, message: at.message, statementIndex }
    }
  }
  return { code: "", message: error instanceof Error ? error.message : String(error), statementIndex }
}

/** Whether the database refused because another connection holds a lock (base codes 5 and 6, all their extensions). */
export function isLocked(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(describe(error).code)
}

/** Index of the statement at which a batch stopped, or `undefined`. */
export function failedStatement(error: unknown): number | undefined {
  return describe(error).statementIndex
}

/** Wraps an error of the database client into one of ours, naming the unit or read that failed. */
export function storeError(error: unknown, doing: string): CoreError {
  const { code, message } = describe(error)
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code) || /not a database|malformed database/.test(message)) {
    return new CoreError("store.corrupt", `Cannot ${doing}: the file is no database, or it is damaged`, {
      cause: error,
    })
  }
  if (code.startsWith("SQLITE_CONSTRAINT")) {
    return new CoreError("store.constraint", `Cannot ${doing}: ${constraintOf(message)}`, { cause: error })
  }
  if (code.startsWith("SQLITE_CANTOPEN") || code.startsWith("SQLITE_READONLY")) {
    return new CoreError("store.unavailable", `Cannot ${doing}: the database cannot be opened for writing`, {
      cause: error,
    })
  }
  return new CoreError("store.unavailable", `Cannot ${doing}: ${code || "the database did not answer"}`, {
    cause: error,
  })
}

/** The constraint's name without any value. */
function constraintOf(message: string): string {
  return (
    /(UNIQUE|CHECK|NOT NULL|FOREIGN KEY) constraint failed(: [\w., ]+)?/.exec(message)?.[0] ?? "a constraint failed"
  )
}
