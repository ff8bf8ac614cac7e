import { CoreError } from "../../errors/mod.ts"
import type { Device } from "../../domain/mod.ts"
import type { CarrierCapabilities, CustomerSystem } from "../../ports/mod.ts"
import type { Platform } from "../../store/mod.ts"
import type { BulkChange, PlannedBulkChange } from "../bulk-change.ts"
import type { PlannedDevice } from "../bulk-change-device.ts"
import { warnOfCarrierRules } from "./carrier-rules.ts"
import { type DevicePlanner, isRefusal, type PlannedChange, type Planner, type WishedDevice } from "./planner.ts"
import { openPlanHash, toPlanRow } from "./plan-hash.ts"
import { finishPlan, plannedBefore, upsertPlannedDevices } from "./plan-statements.ts"
import { getBulkChange } from "../queries.ts"
import { deviceRefusalOf, DUPLICATE, type Refusal } from "./refusals.ts"
import { type FindDevices, type FoundByIdentifier } from "./resolve-devices.ts"

/** What a plan is made of. */
export interface PlanSource<W> {
  /** In the order of processing. Read once, page by page, and not at all where the plan is complete already. */
  readonly devices: AsyncIterable<readonly WishedDevice<W>[]>
  readonly planner: Planner<W>
  readonly find: FindDevices
  readonly capabilitiesOf: (serviceProviderId: string) => Promise<CarrierCapabilities>
  readonly customerSystem?: CustomerSystem | undefined
}

// Rows of one unit: keeps it short and memory flat, however the devices are paged.
const CHUNK = 2_000

/**
 * The bulk change with its plan, which is written where it is not complete yet.
 *
 * @throws {CoreError} `bulk_change.wrong_state` if it was cancelled before its plan was complete.
 */
export async function completePlan<W>(
  core: Platform,
  change: BulkChange,
  source: PlanSource<W>,
): Promise<PlannedBulkChange> {
  if (change.state === "received") await writePlan(core, change, source)
  const planned = await getBulkChange(core, change.tenantId, change.id)
  if (planned.planHash === null) {
    throw new CoreError("bulk_change.wrong_state", `Cannot plan a bulk change that is ${planned.state}`)
  }
  return { ...planned, planHash: planned.planHash }
}

/**
 * Writes the rows of a bulk change, one after the other, and completes its plan. Rows that cannot be done are ERROR with
 * their reason; the others go on. An interrupted plan is written again from its start, over what is there.
 */
async function writePlan<W>(core: Platform, change: BulkChange, source: PlanSource<W>): Promise<void> {
  const hash = openPlanHash(change)
  const planners = openPlanners(core, change, source)
  // One that can do the work, even where all rows are refused.
  const serviceProviderIds = new Set([change.serviceProviderId])
  let deviceCount = 0
  let refusedCount = 0
  let saving = 0n
  for await (const chunk of chunksOf(source.devices, CHUNK)) {
    const devices = await planChunk(core, change, source, planners, chunk, deviceCount)
    const rows = devices.map(toPlanRow)
    await core.store.unit({ name: "bulk-change.plan-devices" }, [upsertPlannedDevices(change, rows)])
    hash.add(rows)
    deviceCount += devices.length
    for (const device of devices) {
      if (device.refusal) refusedCount++
      else {
        saving += BigInt(device.saving ?? 0)
        serviceProviderIds.add(device.serviceProviderId)
      }
    }
  }
  await core.store.unit(
    { name: "bulk-change.finish-plan" },
    finishPlan(
      change,
      { hash: hash.digest(), deviceCount, refusedCount, saving, serviceProviderIds: [...serviceProviderIds] },
      core.runtime.clock.now(),
    ),
  )
}

type Planners<W> = (serviceProviderId: string) => Promise<DevicePlanner<W>>

function openPlanners<W>(core: Platform, change: BulkChange, source: PlanSource<W>): Planners<W> {
  const opened = new Map<string, Promise<DevicePlanner<W>>>()
  const open = async (serviceProviderId: string) => {
    const { tenantId } = change
    const capabilities = await source.capabilitiesOf(serviceProviderId)
    const context = { core, tenantId, serviceProviderId, capabilities, customerSystem: source.customerSystem }
    return warnOfCarrierRules(context, await source.planner.open(context))
  }
  return (serviceProviderId) => {
    const planner = opened.get(serviceProviderId) ?? open(serviceProviderId)
    opened.set(serviceProviderId, planner)
    return planner
  }
}

const NOTHING = { from: {}, to: {}, steps: [], saving: null, isIrreversible: false, sideEffects: [] } as const

async function planChunk<W>(
  core: Platform,
  change: BulkChange,
  source: PlanSource<W>,
  planners: Planners<W>,
  chunk: readonly WishedDevice<W>[],
  firstPosition: number,
): Promise<readonly PlannedDevice[]> {
  const found = await source.find(chunk)
  const verdicts: (PlannedChange | Refusal | undefined)[] = found.map((one) => refusalOf(one, source.planner))
  await refuseRepeated(core, change, found, verdicts, firstPosition)
  const open = chunk.flatMap((wished, index) => {
    const one = found[index] as FoundByIdentifier
    return verdicts[index] === undefined ? [{ index, wished, ...one }] : []
  })
  for (const serviceProviderId of new Set(open.map((one) => one.serviceProviderId))) {
    const ofProvider = open.filter((one) => one.serviceProviderId === serviceProviderId)
    const plan = await planners(serviceProviderId)
    const planned = await plan(
      ofProvider.map(({ wished, device }) => ({ identifier: wished.identifier, wish: wished.wish, device })),
    )
    for (const [at, { index }] of ofProvider.entries()) verdicts[index] = planned[at]
  }
  return chunk.map(({ identifier }, index) => {
    const { serviceProviderId, carrierDeviceId } = found[index] as FoundByIdentifier
    const verdict = verdicts[index] as PlannedChange | Refusal
    const row = { position: firstPosition + index, serviceProviderId, identifier, carrierDeviceId }
    return isRefusal(verdict) ? { ...row, ...NOTHING, refusal: verdict } : { ...row, ...verdict, refusal: null }
  })
}

function refusalOf<W>(found: FoundByIdentifier, planner: Planner<W>): Refusal | undefined {
  if (found.refusal) return found.refusal
  if (planner.makesDevices && !found.device) return undefined
  return deviceRefusalOf(found.device as Device | undefined)
}

/** Refuses devices that have a row already. */
async function refuseRepeated(
  core: Platform,
  change: BulkChange,
  found: readonly FoundByIdentifier[],
  verdicts: (PlannedChange | Refusal | undefined)[],
  firstPosition: number,
): Promise<void> {
  const keyOf = (row: { serviceProviderId: string; carrierDeviceId: string | null }) =>
    JSON.stringify([row.serviceProviderId, row.carrierDeviceId])
  const ids = found.flatMap(({ carrierDeviceId }) => (carrierDeviceId === null ? [] : [carrierDeviceId]))
  const before = await core.store.rows<{ serviceProviderId: string; carrierDeviceId: string }>(
    plannedBefore(change, firstPosition, ids),
  )
  const planned = new Set(before.map(keyOf))
  for (const [index, one] of found.entries()) {
    if (one.carrierDeviceId === null) continue
    const key = keyOf(one)
    if (planned.has(key)) verdicts[index] = DUPLICATE
    planned.add(key)
  }
}

/** The same devices in lists of `size`. */
async function* chunksOf<T>(pages: AsyncIterable<readonly T[]>, size: number): AsyncGenerator<readonly T[], void> {
  let chunk: T[] = []
  for await (const page of pages) {
    for (const one of page) {
      chunk.push(one)
      if (chunk.length < size) continue
      yield chunk
      chunk = []
    }
  }
  if (chunk.length > 0) yield chunk
}
