import type { DeviceChange } from "../../ports/mod.ts"
import { checkAssignmentReferences, findDeviceAssignments, findDeviceUsage } from "../../inventory/mod.ts"
import type { ChangeStep } from "../bulk-change-device.ts"
import { assignedValues } from "./current-values.ts"
import type { DeviceValues } from "../device-values.ts"
import { NO_CHANGE, type Refusal } from "./refusals.ts"
import { isCoreError } from "../../errors/mod.ts"
import { type FoundDevice, oneStep, type PlanContext, type Planner } from "./planner.ts"

// Changes of what the tenant knows of a device and no carrier does.

type Assigned = ReturnType<typeof assignedValues>

async function assignmentsOf(
  { core, tenantId, serviceProviderId }: PlanContext,
  devices: readonly FoundDevice<unknown>[],
): Promise<(device: FoundDevice<unknown>) => Assigned> {
  const carrierDeviceIds = devices.flatMap(({ device }) => (device ? [device.carrierDeviceId] : []))
  const rows = await findDeviceAssignments(core, { tenantId, serviceProviderId, carrierDeviceIds })
  const known = new Map(rows.map((row) => [row.carrierDeviceId, row]))
  return ({ device }) => assignedValues(known.get(device?.carrierDeviceId ?? ""))
}

/** Why no device can be assigned what is wished, or `undefined`. */
async function missingReference(
  { core, tenantId }: PlanContext,
  references: Parameters<typeof checkAssignmentReferences>[2],
): Promise<Refusal | undefined> {
  try {
    await checkAssignmentReferences(core, tenantId, references)
    return undefined
  } catch (error) {
    if (!isCoreError(error) || error.category !== "validation") throw error
    return { code: "input_invalid", text: `${error.message} (${error.field ?? "request"})` }
  }
}

const ARCHIVED: Refusal = { code: "archived", text: "The device is archived" }

function isSame(from: DeviceValues, to: DeviceValues): boolean {
  return Object.entries(to).every(([name, value]) => from[name] === value)
}

/** Customer rate plan, its pool and the device's share of it. */
export interface WishedCustomerPlan {
  readonly customerRatePlanId: string | null
  readonly customerRatePoolId: string | null
  readonly dataAllocationBytes: number | null
}

/** Changes of the customer rate plan: ours alone, at once or at the effective date of the bulk change. */
export const CUSTOMER_PLAN_PLANNER: Planner<WishedCustomerPlan> = {
  changeType: "CustomerRatePlanChange",
  async open(context) {
    const checked = new Map<string, Refusal | undefined>()
    return async (devices) => {
      const assigned = await assignmentsOf(context, devices)
      const planned = []
      for (const one of devices) {
        // Without a plan there is nothing to share.
        const to = one.wish.customerRatePlanId === null ? NO_CUSTOMER_PLAN : one.wish
        const key = JSON.stringify([to.customerRatePlanId, to.customerRatePoolId])
        if (!checked.has(key)) checked.set(key, await missingReference(context, to))
        const refusal = checked.get(key)
        const { customerRatePlanId, customerRatePoolId, dataAllocationBytes, isArchived } = assigned(one)
        const from = { customerRatePlanId, customerRatePoolId, dataAllocationBytes }
        const change = (values: WishedCustomerPlan): DeviceChange => ({
          changeType: "CustomerRatePlanChange",
          ...values,
        })
        if (refusal) planned.push(refusal)
        else if (isArchived) planned.push(ARCHIVED)
        else if (isSame(from, { ...to })) planned.push(NO_CHANGE)
        else {
          const step: ChangeStep = { via: "inventory", change: change(to), undo: change(from) }
          planned.push(oneStep(step, { from, to: { ...to } }))
        }
      }
      return planned
    }
  },
}

const NO_CUSTOMER_PLAN: WishedCustomerPlan = {
  customerRatePlanId: null,
  customerRatePoolId: null,
  dataAllocationBytes: null,
}

/** The customer, and the site of the customer, that a device is for. */
export interface WishedCustomer {
  readonly customerId: string | null
  readonly siteId: string | null
}

/** Assignments to customers: in the external customer system first, where there is one, then here. */
export const CUSTOMER_PLANNER: Planner<WishedCustomer> = {
  changeType: "CustomerAssignment",
  async open(context) {
    const { customerSystem } = context
    const isExternal = customerSystem?.capabilities.changeTypes.value.includes("CustomerAssignment") ?? false
    const checked = new Map<string, Refusal | undefined>()
    return async (devices) => {
      const assigned = await assignmentsOf(context, devices)
      const ids = devices.flatMap(({ device }) => (device ? [device.carrierDeviceId] : []))
      const active = isExternal ? await customerSystem?.activeServices(ids) : undefined
      const planned = []
      for (const one of devices) {
        const to = { customerId: one.wish.customerId, siteId: one.wish.siteId }
        const key = JSON.stringify(to)
        if (!checked.has(key)) checked.set(key, await missingReference(context, to))
        const { customerId, siteId, isArchived } = assigned(one)
        const from = { customerId, siteId }
        const refusal = checked.get(key)
        const change = (values: WishedCustomer): DeviceChange => ({ changeType: "CustomerAssignment", ...values })
        const step = (via: ChangeStep["via"]): ChangeStep => ({ via, change: change(to), undo: change(from) })
        if (refusal) planned.push(refusal)
        else if (isArchived) planned.push(ARCHIVED)
        else if (isSame(from, to)) planned.push(NO_CHANGE)
        else if (active?.has(one.device?.carrierDeviceId ?? "") && customerId !== to.customerId) {
          planned.push(ACTIVE_SERVICES)
        } else if (isExternal) {
          planned.push({
            ...oneStep(step("inventory"), { from, to }),
            steps: [step("customerSystem"), step("inventory")],
          })
        } else planned.push(oneStep(step("inventory"), { from, to }))
      }
      return planned
    }
  },
}

const ACTIVE_SERVICES: Refusal = {
  code: "active_services",
  text: "The device has an active service line in the customer system; end it there first",
}

/** Whether devices are archived although they have active service lines. */
export interface WishedArchival {
  readonly overridesValidation: boolean
}

/** A device that was used within this time is not archived, whoever asks. */
const RECENT_DAYS = 30
const DAY_MS = 86_400_000

/** Archivals: refused for devices in use. */
export const ARCHIVAL_PLANNER: Planner<WishedArchival> = {
  changeType: "Archival",
  async open(context) {
    const { core, tenantId, serviceProviderId, customerSystem } = context
    return async (devices) => {
      const assigned = await assignmentsOf(context, devices)
      const carrierDeviceIds = devices.flatMap(({ device }) => (device ? [device.carrierDeviceId] : []))
      const usage = await findDeviceUsage(core, { tenantId, serviceProviderId, carrierDeviceIds })
      const usedUntil = new Map(usage.map((row) => [row.carrierDeviceId, row.usedUntil]))
      const active = await customerSystem?.activeServices(carrierDeviceIds)
      const now = core.runtime.clock.now()
      return devices.map((one) => {
        const id = one.device?.carrierDeviceId ?? ""
        const change = (isArchived: boolean): DeviceChange => ({ changeType: "Archival", isArchived })
        if (assigned(one).isArchived) return NO_CHANGE
        if (isRecent(usedUntil.get(id) ?? null, now)) return RECENTLY_USED
        if (active?.has(id) && !one.wish.overridesValidation) return ACTIVE_SERVICES
        return oneStep(
          { via: "inventory", change: change(true), undo: change(false) },
          { from: { isArchived: false }, to: { isArchived: true } },
        )
      })
    }
  },
}

const RECENTLY_USED: Refusal = {
  code: "recently_used",
  text: `The device was used within the last ${RECENT_DAYS} days; it cannot be archived before that`,
}

/** Counted from the start of today, UTC: used exactly 30 days before is no longer recent, a second later is. */
export function isRecent(usedUntil: number | null, now: number): boolean {
  const today = now - (now % DAY_MS)
  return usedUntil !== null && usedUntil > today - RECENT_DAYS * DAY_MS
}
