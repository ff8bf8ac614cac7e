import fc from "fast-check"
import { type SQL, sql } from "drizzle-orm"
import { integer, SQLiteSyncDialect, sqliteTable, text } from "drizzle-orm/sqlite-core"
import { expect, it } from "vitest"
import { render } from "./render.ts"

const table = sqliteTable("some_table", { someColumn: text(), other: integer() })

const piece: fc.Memo<SQL> = fc.memo((depth) => {
  const leaf = fc.oneof(
    fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.bigInt(), fc.boolean()).map((value) => sql`a = ${value}`),
    fc.constantFrom(sql.raw("now()"), sql``, sql`b ${undefined}`, sql`${table.someColumn} FROM ${table}`),
    fc.constantFrom(sql`IN ${[1, "x"]}`, sql`${sql.identifier("c")}`, sql`${sql.param(3, table.other)}`),
  )
  if (depth <= 1) return leaf
  const inner = piece(depth - 1)
  return fc.oneof(
    leaf,
    fc.array(inner, { maxLength: 3 }).map((parts) => sql.join(parts, sql` UNION `)),
    fc.tuple(inner, inner).map(([a, b]) => sql`(${a}) AND NOT ${b} OR ${7}`),
  )
})

it("gives the same text and values as the query builder, whatever a statement is made of", () => {
  const dialect = new SQLiteSyncDialect({ casing: "snake_case" })
  fc.assert(
    fc.property(piece(3), (query) => {
      const { sql: expected, params } = dialect.sqlToQuery(query)
      expect(render(query)).toEqual({ sql: expected, args: params })
    }),
  )
})
