import { CoreError } from "../errors/mod.ts"
import { findDevicesByCarrierId, listRatePlans } from "../inventory/mod.ts"
import type { Platform } from "../store/mod.ts"
import type { BulkChange, PlannedBulkChange, PlannedDevice } from "./bulk-change.ts"
import { openPlanHash } from "./plan-hash.ts"
import { getBulkChange } from "./queries.ts"
import { DUPLICATE, moveRefusalOf, refusalOf } from "./refusals.ts"
import { finishPlan, plannedBefore, upsertPlannedDevices } from "./statements.ts"

/** A device to move from one rate plan to another. */
export interface PlannedMove {
  readonly carrierDeviceId: string
  readonly fromRatePlan: string
  readonly toRatePlan: string
  /** Micro-units for the billing period; negative where the move costs. */
  readonly saving: number
}

// Rows of one unit: keeps it short and memory flat, however the moves are paged.
const CHUNK = 2_000

/**
 * The bulk change with its plan, which is written where it is not complete yet.
 *
 * @throws {CoreError} `bulk_change.wrong_state` if it was cancelled before its plan was complete.
 */
export async function completePlan(
  core: Platform,
  change: BulkChange,
  moves: AsyncIterable<readonly PlannedMove[]>,
): Promise<PlannedBulkChange> {
  if (change.state === "received") await writePlan(core, change, moves)
  const planned = await getBulkChange(core, change.tenantId, change.id)
  if (planned.planHash === null) {
    throw new CoreError("bulk_change.wrong_state", `Cannot plan a bulk change that is ${planned.state}`)
  }
  return { ...planned, planHash: planned.planHash }
}

/**
 * Writes the rows of a bulk change from its moves, one after the other, and completes its plan. Rows that cannot be done
 * are ERROR with their reason; the others go on. An interrupted plan is written again from its start, over what is there.
 */
async function writePlan(
  core: Platform,
  change: BulkChange,
  moves: AsyncIterable<readonly PlannedMove[]>,
): Promise<void> {
  const plans = await listRatePlans(core, change.tenantId, change.serviceProviderId)
  const ratePlans = new Set(plans.map(({ name }) => name))
  const hash = openPlanHash(change)
  let deviceCount = 0
  let refusedCount = 0
  let saving = 0n
  for await (const chunk of chunksOf(moves, CHUNK)) {
    const rows = await judgeMoves(core, change, chunk, deviceCount, ratePlans)
    await core.store.unit({ name: "bulk-change.plan-devices" }, [upsertPlannedDevices(change, rows)])
    hash.add(rows)
    deviceCount += rows.length
    for (const row of rows) {
      if (row.status === "NEW") saving += BigInt(row.saving)
      else refusedCount++
    }
  }
  await core.store.unit(
    { name: "bulk-change.finish-plan" },
    finishPlan(change, { hash: hash.digest(), deviceCount, refusedCount, saving }),
  )
}

async function judgeMoves(
  core: Platform,
  change: BulkChange,
  moves: readonly PlannedMove[],
  firstPosition: number,
  ratePlans: ReadonlySet<string>,
): Promise<readonly PlannedDevice[]> {
  const carrierDeviceIds = moves.map(({ carrierDeviceId }) => carrierDeviceId)
  const { tenantId, serviceProviderId } = change
  const devices = await findDevicesByCarrierId(core, { tenantId, serviceProviderId, carrierDeviceIds })
  const known = new Map(devices.map((device) => [device.carrierDeviceId, device]))
  const before = await core.store.rows<{ carrierDeviceId: string }>(
    plannedBefore(change, firstPosition, carrierDeviceIds),
  )
  const planned = new Set(before.map(({ carrierDeviceId }) => carrierDeviceId))
  return moves.map(({ carrierDeviceId, fromRatePlan, toRatePlan, saving }, index) => {
    checkSaving(saving)
    const refusal = planned.has(carrierDeviceId)
      ? DUPLICATE
      : (moveRefusalOf({ fromRatePlan, toRatePlan }, ratePlans) ??
        refusalOf({ fromRatePlan }, known.get(carrierDeviceId)))
    planned.add(carrierDeviceId)
    return {
      position: firstPosition + index,
      carrierDeviceId,
      fromRatePlan,
      toRatePlan,
      saving,
      status: refusal ? "ERROR" : "NEW",
      code: refusal?.code ?? null,
      text: refusal?.text ?? null,
    }
  })
}

function checkSaving(saving: number): void {
  if (Number.isSafeInteger(saving)) return
  throw new CoreError("input.invalid", `Cannot plan: a saving must be whole micro-units, got ${saving}`, {
    field: "saving",
  })
}

/** The same moves in lists of `size`. */
async function* chunksOf(
  moves: AsyncIterable<readonly PlannedMove[]>,
  size: number,
): AsyncGenerator<readonly PlannedMove[], void> {
  let chunk: PlannedMove[] = []
  for await (const page of moves) {
    for (const move of page) {
      chunk.push(move)
      if (chunk.length < size) continue
      yield chunk
      chunk = []
    }
  }
  if (chunk.length > 0) yield chunk
}
