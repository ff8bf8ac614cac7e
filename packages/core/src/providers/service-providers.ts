import { CoreError, isCoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import { getTenant, type SealingKey, sealSecret, writeAudited } from "../tenancy/mod.ts"
import { checkSettings } from "./check-settings.ts"
import { keyContext } from "./key-context.ts"
import { openApiKey } from "./open-api-key.ts"
import type { ServiceProvider, ServiceProviderSettings } from "./service-provider.ts"
import { insertServiceProvider, selectServiceProviders, updateServiceProvider } from "./statements.ts"

/** Settings of a provider and whose it is. */
export interface ServiceProviderRequest extends ServiceProviderSettings {
  readonly tenantId: string
  /** Who asks for it, for the audit log. @default "system" */
  readonly actor?: string
}

/**
 * Creates a service provider; its API key is sealed before it is stored.
 *
 * @throws {CoreError} `input.invalid` with the field's name; `input.not_found` if the tenant does not exist;
 *   `store.constraint`, field `name`, if the tenant has a provider of this name. Nothing was written.
 */
export async function createServiceProvider(
  core: Platform,
  sealingKey: SealingKey,
  request: ServiceProviderRequest,
): Promise<ServiceProvider> {
  const { tenantId } = request
  const { apiKey, ...settings } = checkSettings(request)
  await getTenant(core, tenantId)
  const id = core.runtime.newId()
  const sealedApiKey = await sealSecret(sealingKey, apiKey, keyContext(tenantId, id))
  const createdAt = core.runtime.clock.now()
  try {
    const inserted = insertServiceProvider({ ...settings, tenantId, id, sealedApiKey, createdAt })
    await writeAudited(core, { name: "providers.create" }, [inserted], auditOf(request, id, "service-provider.created"))
  } catch (error) {
    if (!isCoreError(error, "store.constraint")) throw error
    throw new CoreError("store.constraint", "Cannot create the service provider: its name is taken", { field: "name" })
  }
  return getServiceProvider(core, tenantId, id)
}

/**
 * Brings the provider of this name to these settings: created where it is new, left alone where nothing differs. For
 * hosts that state their providers at every start.
 *
 * @throws {CoreError} `input.invalid` with the field's name; `input.not_found` if the tenant does not exist.
 */
export async function ensureServiceProvider(
  core: Platform,
  sealingKey: SealingKey,
  request: ServiceProviderRequest,
): Promise<ServiceProvider> {
  const { tenantId } = request
  const { apiKey, ...settings } = checkSettings(request)
  const find = async () => {
    const [provider] = await core.store.read((db) => selectServiceProviders(db, tenantId, { name: settings.name }))
    return provider
  }
  const known = await find()
  if (!known) {
    try {
      return await createServiceProvider(core, sealingKey, request)
    } catch (error) {
      // Another process created it between the look and the write.
      if (!isCoreError(error, "store.constraint")) throw error
      return ensureServiceProvider(core, sealingKey, request)
    }
  }
  const { id, createdAt } = known
  const wanted: ServiceProvider = { ...settings, tenantId, id, createdAt }
  if (sameSettings(known, wanted) && (await holdsApiKey(core, sealingKey, known, apiKey))) return known
  const sealedApiKey = await sealSecret(sealingKey, apiKey, keyContext(tenantId, id))
  const updated = updateServiceProvider({ ...settings, tenantId, id, sealedApiKey })
  await writeAudited(core, { name: "providers.update" }, [updated], auditOf(request, id, "service-provider.updated"))
  return wanted
}

/** Service providers of a tenant, by name. */
export function listServiceProviders(core: Platform, tenantId: string): Promise<readonly ServiceProvider[]> {
  return core.store.read((db) => selectServiceProviders(db, tenantId))
}

/** @throws {CoreError} `input.not_found` if the tenant has no service provider of this id. */
export async function getServiceProvider(core: Platform, tenantId: string, id: string): Promise<ServiceProvider> {
  const [provider] = await core.store.read((db) => selectServiceProviders(db, tenantId, { id }))
  if (!provider) {
    throw new CoreError("input.not_found", "Cannot find the service provider", { field: "serviceProviderId" })
  }
  return provider
}

async function holdsApiKey(
  core: Platform,
  sealingKey: SealingKey,
  provider: ServiceProvider,
  apiKey: string,
): Promise<boolean> {
  try {
    return (await openApiKey(core, sealingKey, provider.tenantId, provider.id)) === apiKey
  } catch (error) {
    if (isCoreError(error, "secret.unreadable")) return false
    throw error
  }
}

function sameSettings(a: ServiceProvider, b: ServiceProvider): boolean {
  return (Object.keys(a) as (keyof ServiceProvider)[]).every((field) => a[field] === b[field])
}

function auditOf(
  { tenantId, actor = "system", name, integrationType }: ServiceProviderRequest,
  id: string,
  action: string,
) {
  const subject = `service-provider/${id}`
  return { tenantId, events: [{ actor, action, subject, outcome: "done", detail: { name, integrationType } }] } as const
}
