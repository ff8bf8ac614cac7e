import { CoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import { writeAudited } from "./audit-log.ts"
import { insertTenant, selectAnyTenant, selectTenant } from "./statements.ts"
import type { Tenant } from "./tenant.ts"

/**
 * Creates a tenant, or gives the one that has this id already, as it is.
 *
 * @throws {CoreError} `input.invalid` for an id other than 1 to 64 letters, digits, `-` or `_`, or a name that is empty or
 *   longer than 200 characters.
 */
export async function createTenant(
  core: Platform,
  request: {
    readonly id?: string
    readonly name: string
    /** Who asks for it, for the audit log. @default "system" */
    readonly actor?: string
  },
): Promise<Tenant> {
  const id = request.id ?? core.runtime.newId()
  if (!/^[\w-]{1,64}$/.test(id)) {
    throw new CoreError("input.invalid", "Cannot create the tenant: id must be 1 to 64 letters, digits, - or _", {
      field: "id",
    })
  }
  const name = request.name.trim()
  if (name === "" || name.length > 200) {
    throw new CoreError("input.invalid", "Cannot create the tenant: name must have 1 to 200 characters", {
      field: "name",
    })
  }
  const [known] = await core.store.read((db) => selectTenant(db, id))
  if (known) return known
  const created = insertTenant(id, name, core.runtime.clock.now())
  await writeAudited(core, { name: "tenancy.create-tenant" }, [created], {
    tenantId: id,
    events: [
      {
        id: "tenant.created",
        actor: request.actor ?? "system",
        action: "tenant.created",
        subject: `tenant/${id}`,
        outcome: "done",
      },
    ],
  })
  return getTenant(core, id)
}

/** @throws {CoreError} `input.not_found` if there is no tenant of this id. */
export async function getTenant(core: Platform, id: string): Promise<Tenant> {
  const [tenant] = await core.store.read((db) => selectTenant(db, id))
  if (!tenant) throw new CoreError("input.not_found", "Cannot find the tenant", { field: "tenantId" })
  return tenant
}

/** Whether the platform has been set up: it has at least one tenant. */
export async function hasTenants(core: Platform): Promise<boolean> {
  return (await core.store.read(selectAnyTenant)).length > 0
}
