import type { InStatement } from "@libsql/client"
import { SQL, StringChunk } from "drizzle-orm"
import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core"
import type { Statement } from "./store.ts"

const dialect = new SQLiteSyncDialect({ casing: "snake_case" })

/**
 * The text of a statement and its values. A statement that is text, values and nothing else, as a room writes it by hand, is
 * put together here: the query builder takes longer over it than the database over the statement.
 */
export function render(statement: Statement): InStatement {
  const query = statement.getSQL()
  const values: unknown[] = []
  const text = plainText(query, values)
  if (text !== undefined) return { sql: text, args: values as never[] }
  const { sql, params } = dialect.sqlToQuery(query)
  return { sql, args: params as never[] }
}

/** The text of a statement whose values it adds to `values`; `undefined` where it holds a table, a column or the like. */
function plainText(query: SQL, values: unknown[]): string | undefined {
  let text = ""
  for (const chunk of query.queryChunks) {
    if (chunk === undefined) continue
    if (chunk === null || typeof chunk !== "object") {
      values.push(chunk)
      text += "?"
    } else if (chunk instanceof StringChunk) {
      text += chunk.value.length === 1 ? chunk.value[0] : chunk.value.join("")
    } else {
      const inner = chunk instanceof SQL ? plainText(chunk, values) : undefined
      if (inner === undefined) return undefined
      text += inner
    }
  }
  return text
}
