import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import { CoreError } from "../../errors/mod.ts"
import type { Platform } from "../../store/mod.ts"
import type { BulkChange } from "../bulk-change.ts"
import type { PlannedDevice } from "../bulk-change-device.ts"
import { getBulkChange } from "../queries.ts"
import { type PlanRow, plannedValues, type StoredPlanRow, selectPlanRows } from "./plan-statements.ts"

/** A hash that is fed a plan row by row, in the order of positions. */
interface PlanHash {
  add(rows: readonly PlanRow[]): void
  digest(): string
}

/** A planned device as it is stored. */
export function toPlanRow(device: PlannedDevice): PlanRow {
  const { position, serviceProviderId, identifier, carrierDeviceId, saving, refusal } = device
  return {
    position,
    serviceProviderId,
    identifier,
    carrierDeviceId,
    fromValues: JSON.stringify(device.from),
    toValues: JSON.stringify(device.to),
    steps: JSON.stringify(device.steps),
    saving,
    isIrreversible: device.isIrreversible ? 1 : 0,
    sideEffects: JSON.stringify(device.sideEffects),
    refusalCode: refusal?.code ?? null,
    refusalText: refusal?.text ?? null,
  }
}

/** SHA-256 over one JSON line for the bulk change and one for each row. */
export function openPlanHash(change: BulkChange): PlanHash {
  const hash = sha256.create()
  const add = (lines: readonly (readonly unknown[])[]) =>
    hash.update(utf8ToBytes(lines.map((line) => `${JSON.stringify(line)}\n`).join("")))
  const { tenantId, id, serviceProviderId, changeType, optimizationSessionId, inverseOf, effectiveAt } = change
  const { canary, notAfter } = change
  const guards = [canary?.size ?? null, canary?.mostUnverified ?? null, notAfter]
  add([[tenantId, id, serviceProviderId, changeType, optimizationSessionId, inverseOf, effectiveAt, ...guards]])
  return {
    add: (rows) => void add(rows.map(plannedValues)),
    digest: () => bytesToHex(hash.digest()),
  }
}

const PAGE = 2_000

/**
 * Checks that the stored rows are those that the plan's hash was made of, and that none stands elsewhere than its plan and
 * its rounds allow.
 *
 * @throws {CoreError} `bulk_change.plan_changed` if they are not.
 */
export async function checkStoredPlan(core: Platform, change: BulkChange): Promise<void> {
  const hash = openPlanHash(change)
  let hasMoved = false
  for (let after = -1; ; ) {
    const rows = await core.store.rows<StoredPlanRow>(selectPlanRows(change, after, PAGE))
    hash.add(rows)
    hasMoved ||= !rows.every(standsAsPlanned)
    if (rows.length < PAGE) break
    after = rows.at(-1)?.position ?? after
    await core.runtime.clock.yield()
  }
  if (hash.digest() !== change.planHash) throw planChanged("its stored rows are not those that were planned")
  // Rows move as soon as one account has begun, while the others are still checking: what it was before says nothing.
  if (hasMoved && !hasBegun(await getBulkChange(core, change.tenantId, change.id))) {
    throw planChanged("a row does not stand where its plan puts it")
  }
}

function hasBegun({ state }: BulkChange): boolean {
  return state !== "received" && state !== "planned" && state !== "approved"
}

function standsAsPlanned(row: StoredPlanRow): boolean {
  const isRefused = row.refusalCode !== null
  return (
    row.status === (isRefused ? "ERROR" : "NEW") &&
    row.code === row.refusalCode &&
    row.text === row.refusalText &&
    row.round === 0
  )
}

export function planChanged(reason: string): CoreError {
  return new CoreError("bulk_change.plan_changed", `Cannot run the bulk change: ${reason}`, { field: "planHash" })
}
