import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import type { Platform } from "../store/mod.ts"
import type { BulkChange, PlannedDevice } from "./bulk-change.ts"
import { eachBulkChangeDevice } from "./queries.ts"

/** What of a bulk change the hash covers besides its rows. */
type HashedBulkChange = Pick<
  BulkChange,
  "tenantId" | "id" | "serviceProviderId" | "changeType" | "optimizationSessionId" | "inverseOf"
>

/** A hash that is fed a plan row by row, in the order of positions. */
interface PlanHash {
  add(rows: readonly PlannedDevice[]): void
  digest(): string
}

/** SHA-256 over one JSON line for the bulk change and one for each row. */
export function openPlanHash(change: HashedBulkChange): PlanHash {
  const hash = sha256.create()
  const add = (lines: readonly (readonly unknown[])[]) =>
    hash.update(utf8ToBytes(lines.map((line) => `${JSON.stringify(line)}\n`).join("")))
  const { tenantId, id, serviceProviderId, changeType, optimizationSessionId, inverseOf } = change
  add([[tenantId, id, serviceProviderId, changeType, optimizationSessionId, inverseOf]])
  return {
    add: (rows) =>
      void add(
        rows.map((row) => [
          row.position,
          row.carrierDeviceId,
          row.fromRatePlan,
          row.toRatePlan,
          row.saving,
          row.status,
          row.code,
          row.text,
        ]),
      ),
    digest: () => bytesToHex(hash.digest()),
  }
}

/** The hash of the plan as it is stored now, before anything of it was processed. */
export async function hashStoredPlan(core: Platform, change: BulkChange): Promise<string> {
  const hash = openPlanHash(change)
  for await (const rows of eachBulkChangeDevice(core, change)) hash.add(rows)
  return hash.digest()
}
