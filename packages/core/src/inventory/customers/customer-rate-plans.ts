import { CoreError } from "../../errors/mod.ts"
import type { Platform } from "../../store/mod.ts"
import { checkAmount, checkText } from "./check-fields.ts"
import type { CustomerRatePlan, CustomerRatePool } from "./customer.ts"
import {
  insertCustomerRatePool,
  selectCustomerRatePlans,
  selectCustomerRatePools,
  upsertCustomerRatePlan,
} from "./statements.ts"

/** Fields of a customer rate plan to save; what is left out is 0, `false` or, of `serviceProviderIds`, all. */
export type SaveCustomerRatePlanRequest = Pick<CustomerRatePlan, "tenantId" | "code" | "includedBytes"> &
  Partial<Omit<CustomerRatePlan, "id" | "updatedAt">>

/**
 * Adds a customer rate plan, or replaces what the plan of this code says.
 *
 * @throws {CoreError} `input.invalid` with the field's name. Nothing was written.
 */
export async function saveCustomerRatePlan(
  core: Platform,
  request: SaveCustomerRatePlanRequest,
): Promise<CustomerRatePlan> {
  const { tenantId, serviceProviderIds = [] } = request
  const code = checkText(request.code, "code")
  if (serviceProviderIds.some((id) => typeof id !== "string" || id === "")) {
    throw new CoreError("input.invalid", "Cannot save: serviceProviderIds must be a list of ids", {
      field: "serviceProviderIds",
    })
  }
  const overageCost = checkAmount(request.overageCost ?? 0, "overageCost")
  await core.store.unit({ name: "inventory.save-customer-rate-plan" }, [
    upsertCustomerRatePlan({
      tenantId,
      id: core.runtime.newId(),
      code,
      name: checkText(request.name ?? code, "name"),
      baseRate: checkAmount(request.baseRate ?? 0, "baseRate"),
      rateCharge: checkAmount(request.rateCharge ?? 0, "rateCharge"),
      includedBytes: checkAmount(request.includedBytes, "includedBytes"),
      overageCost,
      // A price for no volume would be a division by zero in every later sum.
      overageBlockBytes: checkAmount(request.overageBlockBytes ?? 0, "overageBlockBytes", overageCost > 0 ? 1 : 0),
      smsCost: checkAmount(request.smsCost ?? 0, "smsCost"),
      allowsSimPooling: request.allowsSimPooling ?? false,
      billInAdvance: request.billInAdvance ?? false,
      autoChangeRatePlan: request.autoChangeRatePlan ?? false,
      serviceProviderIds,
      updatedAt: core.runtime.clock.now(),
    }),
  ])
  const [saved] = await core.store.read((db) => selectCustomerRatePlans(db, { tenantId, code }))
  if (saved) return saved
  throw new CoreError("store.constraint", "Cannot save the customer rate plan: it was removed meanwhile", {
    field: "code",
  })
}

/** Customer rate plans of a tenant, by code. */
export function listCustomerRatePlans(core: Platform, tenantId: string): Promise<readonly CustomerRatePlan[]> {
  return core.store.read((db) => selectCustomerRatePlans(db, { tenantId }))
}

/** Adds a pool, or gives the one that has this name already. */
export async function ensureCustomerRatePool(
  core: Platform,
  request: { readonly tenantId: string; readonly name: string },
): Promise<CustomerRatePool> {
  const { tenantId } = request
  const name = checkText(request.name, "name")
  await core.store.unit({ name: "inventory.ensure-customer-rate-pool" }, [
    insertCustomerRatePool({ tenantId, id: core.runtime.newId(), name, createdAt: core.runtime.clock.now() }),
  ])
  const [pool] = await core.store.read((db) => selectCustomerRatePools(db, { tenantId, name }))
  if (pool) return pool
  throw new CoreError("store.constraint", "Cannot save the pool: it was removed meanwhile", { field: "name" })
}

/** Pools of a tenant, by name. */
export function listCustomerRatePools(core: Platform, tenantId: string): Promise<readonly CustomerRatePool[]> {
  return core.store.read((db) => selectCustomerRatePools(db, { tenantId }))
}
