import { CoreError } from "../../errors/mod.ts"
import type { Platform } from "../../store/mod.ts"
import { checkLimit, checkText } from "./check-fields.ts"
import type { Customer, Site } from "./customer.ts"
import { insertSite, selectCustomers, selectSites, upsertCustomer } from "./statements.ts"

/**
 * Adds a customer, or replaces the name and external id of the one with this id.
 *
 * @throws {CoreError} `input.invalid` with the field's name; `store.constraint` if another customer of the tenant has this
 *   external id. Nothing was written.
 */
export async function saveCustomer(
  core: Platform,
  request: {
    readonly tenantId: string
    /** @default a new one */
    readonly id?: string
    readonly name: string
    readonly externalId?: string | null
  },
): Promise<Customer> {
  const { tenantId } = request
  const id = request.id ?? core.runtime.newId()
  const now = core.runtime.clock.now()
  const name = checkText(request.name, "name")
  const externalId = request.externalId == null ? null : checkText(request.externalId, "externalId")
  await core.store.unit({ name: "inventory.save-customer" }, [
    upsertCustomer({ tenantId, id, name, externalId, createdAt: now, updatedAt: now }),
  ])
  return getCustomer(core, tenantId, id)
}

/** @throws {CoreError} `input.not_found`, field `customerId`, if the tenant has no such customer. */
export async function getCustomer(core: Platform, tenantId: string, id: string): Promise<Customer> {
  const [found] = await core.store.read((db) => selectCustomers(db, { tenantId, id, after: "", limit: 1 }))
  if (!found) throw new CoreError("input.not_found", "Cannot find the customer", { field: "customerId" })
  return found
}

/** Customers of a tenant in the order of their ids, after the last one of the page before. */
export function listCustomers(
  core: Platform,
  request: { readonly tenantId: string; readonly after?: string; readonly limit?: number },
): Promise<readonly Customer[]> {
  const page = { tenantId: request.tenantId, after: request.after ?? "", limit: checkLimit(request.limit) }
  return core.store.read((db) => selectCustomers(db, page))
}

/**
 * Adds a site to a customer.
 *
 * @throws {CoreError} `input.invalid` with the field's name; `input.not_found` if the tenant has no such customer;
 *   `store.constraint`, field `name`, if the customer has a site of this name.
 */
export async function createSite(
  core: Platform,
  request: { readonly tenantId: string; readonly customerId: string; readonly name: string },
): Promise<Site> {
  const { tenantId, customerId } = request
  const id = core.runtime.newId()
  const name = checkText(request.name, "name")
  await getCustomer(core, tenantId, customerId)
  await core.store.unit({ name: "inventory.create-site" }, [
    insertSite({ tenantId, id, customerId, name, createdAt: core.runtime.clock.now() }),
  ])
  const [created] = await core.store.read((db) => selectSites(db, { tenantId, id, after: "", limit: 1 }))
  if (created) return created
  throw new CoreError("store.constraint", "Cannot create the site: the customer has one of this name", {
    field: "name",
  })
}

/** Sites of a tenant, or of one of its customers, in the order of their ids. */
export function listSites(
  core: Platform,
  request: {
    readonly tenantId: string
    readonly customerId?: string
    readonly after?: string
    readonly limit?: number
  },
): Promise<readonly Site[]> {
  const { tenantId, customerId, after = "" } = request
  const page = { tenantId, after, limit: checkLimit(request.limit), ...(customerId !== undefined && { customerId }) }
  return core.store.read((db) => selectSites(db, page))
}
