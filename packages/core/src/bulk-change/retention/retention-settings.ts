import * as v from "valibot"
import { CoreError } from "../../errors/mod.ts"
import type { Platform } from "../../store/mod.ts"
import { selectRetention, upsertRetention } from "./retention-statements.ts"

/** How long bulk changes of a tenant are kept where, milliseconds. */
export interface BulkChangeRetention {
  /** After its end, until it is put away. @default 90 days */
  readonly keepEndedMs?: number
  /** In the archive, until it is deleted. @default 730 days */
  readonly keepArchivedMs?: number
  /** Deleted, until it is removed for good. @default 30 days */
  readonly keepDeletedMs?: number
}

const days = (count: number) => v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), count * 86_400_000)

const retentionSchema = v.strictObject({ keepEndedMs: days(90), keepArchivedMs: days(730), keepDeletedMs: days(30) })

/** @throws {CoreError} `input.invalid` with the field for what is no time. */
export function fillRetention(given: unknown): Required<BulkChangeRetention> {
  const { success, output, issues } = v.safeParse(retentionSchema, given)
  if (success) return output
  throw new CoreError("input.invalid", "Cannot keep bulk changes that long: a time is a whole number of milliseconds", {
    field: v.getDotPath(issues[0]) ?? "retention",
  })
}

/** How long a tenant's bulk changes are kept: as it was set, and by default where it was not. */
export async function getBulkChangeRetention(core: Platform, tenantId: string): Promise<Required<BulkChangeRetention>> {
  const [row] = await core.store.rows<{ settings: string }>(selectRetention(tenantId))
  return fillRetention(JSON.parse(row?.settings ?? "{}"))
}

/**
 * Sets how long a tenant's bulk changes are kept, for `retainBulkChanges` and the jobs of `bulkChangeRetentionSchedule`.
 * What is left out is kept by default.
 *
 * @throws {CoreError} `input.invalid` with the field.
 */
export async function setBulkChangeRetention(
  core: Platform,
  tenantId: string,
  retention: BulkChangeRetention,
): Promise<Required<BulkChangeRetention>> {
  const filled = fillRetention(retention)
  await core.store.unit({ name: "bulk-change.set-retention" }, [
    upsertRetention(tenantId, JSON.stringify(retention), core.runtime.clock.now()),
  ])
  return filled
}
