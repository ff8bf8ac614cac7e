import { type SQL, sql } from "drizzle-orm"

/**
 * Rows to update others from, as the table `v`: each begins with a position, the other values have the names given. It is
 * kept as a table, so that SQLite finds a row's values by an index: joined to the JSON list itself, it walks through the
 * whole list for each row.
 */
export function listedRows(
  rows: readonly (readonly [position: number, ...values: (string | number | null)[]])[],
  names: readonly string[],
): SQL {
  const values = names.map((name, at) => `value->>${at + 1} AS ${name}`)
  const columns = sql.raw(["CAST(value->>0 AS INTEGER) AS position", ...values].join(", "))
  return sql`WITH v AS MATERIALIZED (SELECT ${columns} FROM json_each(${JSON.stringify(rows)}))`
}

/** Chooses the rows of a table that are listed, and joins them. */
export const ofListed = (table: "bulk_change_device" | "change_intent"): SQL =>
  sql.raw(`${table}.position IN (SELECT position FROM v) AND ${table}.position = v.position`)
