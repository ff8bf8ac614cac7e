import { sql } from "drizzle-orm"
import type { Statement } from "../../store/mod.ts"
import type { BulkChangeKey } from "../bulk-change.ts"
import type { DeviceFileHeader } from "./device-file.ts"

/** A line of a file and the row it became. */
export interface FileLine {
  readonly position: number
  readonly line: number
  readonly text: string
}

export function upsertFileHeader(key: BulkChangeKey, header: DeviceFileHeader): Statement {
  return sql`
    INSERT INTO bulk_change_file (tenant_id, bulk_change_id, header)
    VALUES (${key.tenantId}, ${key.id}, ${JSON.stringify(header)})
    ON CONFLICT (tenant_id, bulk_change_id) DO UPDATE SET header = excluded.header`
}

/** Keeps lines; those of an interrupted attempt are replaced. */
export function upsertFileLines(key: BulkChangeKey, lines: readonly FileLine[]): Statement {
  const values = JSON.stringify(lines.map(({ position, line, text }) => [position, line, text]))
  return sql`
    INSERT INTO bulk_change_file_line (tenant_id, bulk_change_id, position, line, text)
    SELECT ${key.tenantId}, ${key.id}, value->>0, value->>1, value->>2 FROM json_each(${values}) WHERE true
    ON CONFLICT (tenant_id, bulk_change_id, position) DO UPDATE SET line = excluded.line, text = excluded.text`
}

export function selectFileHeader(key: BulkChangeKey): Statement {
  return sql`SELECT header FROM bulk_change_file WHERE tenant_id = ${key.tenantId} AND bulk_change_id = ${key.id}`
}

/** Lines of some rows. */
export function selectFileLines(key: BulkChangeKey, positions: readonly number[]): Statement {
  return sql`
    SELECT position, line, text FROM bulk_change_file_line WHERE tenant_id = ${key.tenantId}
      AND bulk_change_id = ${key.id} AND position IN (SELECT value FROM json_each(${JSON.stringify(positions)}))`
}
