import { type BillingSchedule, billingPeriodAt } from "../domain/mod.ts"
import { CoreError } from "../errors/mod.ts"
import type { Platform, Statement } from "../store/mod.ts"
import {
  insertBillingPeriod,
  type StoredBillingPeriod,
  selectBillingPeriod,
  selectBillingPeriodStarting,
  updateUsageReadAt,
} from "./billing-period-statements.ts"

/** The billing period of a provider that holds `at`, created from its schedule where it is new. */
export async function ensureBillingPeriod(
  core: Platform,
  request: {
    readonly tenantId: string
    readonly serviceProviderId: string
    readonly schedule: BillingSchedule
    readonly at: number
  },
): Promise<StoredBillingPeriod> {
  const { tenantId, serviceProviderId } = request
  const period = billingPeriodAt(request.schedule, request.at)
  const find = () =>
    core.store.read((db) => selectBillingPeriodStarting(db, tenantId, serviceProviderId, period.startsAt))
  const [known] = await find()
  if (known) return known
  await core.store.unit({ name: "inventory.add-billing-period" }, [
    insertBillingPeriod({ ...period, tenantId, serviceProviderId, id: core.runtime.newId() }),
  ])
  const [added] = await find()
  return added as StoredBillingPeriod
}

/** The statement that notes when a sync read what every device used in a period. */
export function recordUsageReading(tenantId: string, billingPeriodId: string, readAt: number): Statement {
  return updateUsageReadAt(tenantId, billingPeriodId, readAt)
}

/** @throws {CoreError} `input.not_found` if the tenant has no billing period of this id. */
export async function getBillingPeriod(core: Platform, tenantId: string, id: string): Promise<StoredBillingPeriod> {
  const [period] = await core.store.read((db) => selectBillingPeriod(db, tenantId, id))
  if (!period) throw new CoreError("input.not_found", "Cannot find the billing period", { field: "billingPeriodId" })
  return period
}
