import { type SQL, sql } from "drizzle-orm"
import type { Statement } from "../store/mod.ts"

/** A sealed value of this room. */
export interface SealedCell {
  readonly kind: "setting" | "url" | "secret" | "previousSecret"
  readonly tenantId: string
  /** Name of the deliverer, or id of the endpoint. */
  readonly id: string
  readonly sealed: string
}

const CELLS: Readonly<Record<SealedCell["kind"], { readonly table: SQL; readonly id: SQL; readonly sealed: SQL }>> = {
  setting: { table: sql`notification_setting`, id: sql`deliverer`, sealed: sql`sealed` },
  url: { table: sql`webhook_endpoint`, id: sql`id`, sealed: sql`sealed_url` },
  secret: { table: sql`webhook_endpoint`, id: sql`id`, sealed: sql`secret` },
  previousSecret: { table: sql`webhook_endpoint`, id: sql`id`, sealed: sql`previous_secret` },
}

/** Values of all tenants that another key sealed, in a steady order. */
export function sealedOtherwise(
  sealingKeyId: string,
  page: { readonly limit: number; readonly offset: number },
): Statement {
  const parts = Object.entries(CELLS).map(
    ([kind, { table, id, sealed }]) => sql`
      SELECT ${kind} AS kind, tenant_id AS "tenantId", ${id} AS id, ${sealed} AS sealed FROM ${table}
      WHERE ${sealed} NOT LIKE ${`s1.${sealingKeyId}.%`}`,
  )
  return sql`${sql.join(parts, sql` UNION ALL `)} ORDER BY 1, 2, 3 LIMIT ${page.limit} OFFSET ${page.offset}`
}

/** Replaces a sealed value, unless another one was stored since it was read. */
export function replaceSealed({ kind, tenantId, id, sealed }: SealedCell, resealed: string): Statement {
  const cell = CELLS[kind]
  return sql`
    UPDATE ${cell.table} SET ${cell.sealed} = ${resealed}
    WHERE tenant_id = ${tenantId} AND ${cell.id} = ${id} AND ${cell.sealed} = ${sealed}`
}
