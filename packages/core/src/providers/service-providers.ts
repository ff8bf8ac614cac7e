import { CoreError, isCoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import {
  getTenant,
  openSecret,
  type SealingKey,
  type SecretContext,
  sealingKeyIdOf,
  sealSecret,
} from "../tenancy/mod.ts"
import { checkSettings } from "./check-settings.ts"
import type { ProviderCredentials, ServiceProvider, ServiceProviderSettings } from "./service-provider.ts"
import {
  insertServiceProvider,
  selectAllSealedApiKeys,
  selectSealedApiKey,
  selectServiceProviders,
  updateServiceProvider,
} from "./statements.ts"

/** Settings of a provider and whose it is. */
export interface ServiceProviderRequest extends ServiceProviderSettings {
  readonly tenantId: string
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
  await core.store.unit({ name: "providers.create" }, [
    insertServiceProvider({ ...settings, tenantId, id, sealedApiKey, createdAt }),
  ])
  const [created] = await core.store.read((db) => selectServiceProviders(db, tenantId, { id }))
  if (created) return created
  throw new CoreError("store.constraint", "Cannot create the service provider: its name is taken", { field: "name" })
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
  await core.store.unit({ name: "providers.update" }, [
    updateServiceProvider({ ...settings, tenantId, id, sealedApiKey }),
  ])
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

/**
 * Opens what is needed to connect to a provider. For connectors only: the key is to reach no log, answer or row.
 *
 * @throws {CoreError} `input.not_found` if the tenant has no service provider of this id; `secret.unreadable` if its key
 *   was sealed with another sealing key.
 */
export async function openCredentials(
  core: Platform,
  sealingKey: SealingKey,
  tenantId: string,
  id: string,
): Promise<ProviderCredentials> {
  const { baseUrl, username } = await getServiceProvider(core, tenantId, id)
  return { baseUrl, username, apiKey: await openApiKey(core, sealingKey, tenantId, id) }
}

/**
 * Checks that all credentials were sealed with this sealing key, of all tenants: a host that starts with a wrong one would
 * otherwise give up every job that needs a carrier.
 *
 * @throws {CoreError} `secret.unreadable` if one was sealed with another key.
 */
export async function checkSealingKey(core: Platform, sealingKey: SealingKey): Promise<void> {
  const rows = await core.store.read(selectAllSealedApiKeys)
  const others = rows.filter(({ sealed }) => sealingKeyIdOf(sealed) !== sealingKey.id).length
  if (others === 0) return
  throw new CoreError(
    "secret.unreadable",
    `Cannot use the sealing key: the credentials of ${others} of ${rows.length} service providers were sealed with another one`,
  )
}

async function openApiKey(core: Platform, sealingKey: SealingKey, tenantId: string, id: string): Promise<string> {
  const [row] = await core.store.read((db) => selectSealedApiKey(db, tenantId, id))
  return openSecret(sealingKey, row?.sealed ?? "", keyContext(tenantId, id))
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

function keyContext(tenantId: string, id: string): SecretContext {
  return { tenantId, purpose: `service-provider/${id}/api-key` }
}
