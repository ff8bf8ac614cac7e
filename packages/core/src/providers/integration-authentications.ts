import { CoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import { type SealingKey, sealSecret, writeAudited } from "../tenancy/mod.ts"
import {
  authenticationsOfDevices,
  deleteAuthentication,
  type ProviderKey,
  rememberDevices,
  selectAuthentications,
  upsertAuthentication,
} from "./authentication-statements.ts"
import { checkCredentials } from "./check-settings.ts"
import { keyContext } from "./key-context.ts"
import { getServiceProvider } from "./service-providers.ts"

/** One of the accounts that a provider holds at its carrier. Its API key is sealed apart and never part of this record. */
export interface IntegrationAuthentication {
  readonly id: string
  readonly name: string
  readonly username: string
  readonly createdAt: number
}

/** Credentials to add to a provider, or to replace by their name. */
export interface IntegrationAuthenticationRequest extends ProviderKey {
  readonly name: string
  readonly username: string
  readonly apiKey: string
  /** Who asks for it, for the audit log. @default "system" */
  readonly actor?: string
}

/**
 * Gives a provider one more authentication, for another of its accounts at the same carrier; one of this name that is
 * there gets the new user name and key. Each account is listed by a sync, a device is changed through the account that it
 * was seen through, and no pool is shared between two of them.
 *
 * @throws {CoreError} `input.invalid` with the field's name; `input.not_found` for an unknown provider; `store.constraint`,
 *   field `name`, for the name of the provider itself: its own credentials are its first authentication.
 *
 * @example
 * ```ts
 * import { createClient } from "@libsql/client"
 * import { systemRuntime } from "@altaworx/core/ports"
 * import {
 *   createServiceProvider,
 *   listIntegrationAuthentications,
 *   setIntegrationAuthentication,
 * } from "@altaworx/core/providers"
 * import { openStore } from "@altaworx/core/store"
 * import { createTenant, importSealingKey } from "@altaworx/core/tenancy"
 *
 * const runtime = systemRuntime()
 * const core = { store: await openStore({ url: ":memory:", createClient, runtime }), runtime }
 * const sealingKey = await importSealingKey(btoa("k".repeat(32)))
 * await createTenant(core, { id: "1", name: "Example" })
 * const { id: serviceProviderId } = await createServiceProvider(core, sealingKey, {
 *   tenantId: "1",
 *   name: "North",
 *   integrationType: "Jasper",
 *   baseUrl: "https://carrier.example",
 *   username: "north",
 *   apiKey: "its key",
 *   billingPeriodEndDay: 18,
 *   timeZone: "UTC",
 * })
 * const south = { tenantId: "1", serviceProviderId, name: "South", username: "south", apiKey: "another key" }
 * await setIntegrationAuthentication(core, sealingKey, south)
 * const all = await listIntegrationAuthentications(core, "1", serviceProviderId)
 * console.log(all.map(({ name }) => name).join(", ")) // "North, South"
 * core.store.close()
 * ```
 */
export async function setIntegrationAuthentication(
  core: Platform,
  sealingKey: SealingKey,
  request: IntegrationAuthenticationRequest,
): Promise<IntegrationAuthentication> {
  const { tenantId, serviceProviderId, actor = "system" } = request
  const { name, username, apiKey } = checkCredentials(request)
  const provider = await getServiceProvider(core, tenantId, serviceProviderId)
  if (provider.name === name) {
    throw new CoreError("store.constraint", "Cannot store the authentication: its name is the provider's", {
      field: "name",
    })
  }
  // The key is bound to the name, which stays: another process may store the same name under another id.
  const sealedApiKey = await sealSecret(sealingKey, apiKey, keyContext(tenantId, serviceProviderId, name))
  const row = { id: core.runtime.newId(), name, username, sealedApiKey, createdAt: core.runtime.clock.now() }
  const event = {
    actor,
    action: "integration-authentication.set",
    subject: `service-provider/${serviceProviderId}`,
    outcome: "done",
    detail: { name },
  } as const
  await writeAudited(core, { name: "providers.set-authentication" }, [upsertAuthentication(request, row)], {
    tenantId,
    events: [event],
  })
  const all = await listIntegrationAuthentications(core, tenantId, serviceProviderId)
  return all.find((one) => one.name === name) as IntegrationAuthentication
}

/**
 * All authentications of a provider: its own credentials first, under its own id and name, then the others.
 *
 * @throws {CoreError} `input.not_found` for an unknown provider.
 */
export async function listIntegrationAuthentications(
  core: Platform,
  tenantId: string,
  serviceProviderId: string,
): Promise<readonly [IntegrationAuthentication, ...IntegrationAuthentication[]]> {
  const { id, name, username, createdAt } = await getServiceProvider(core, tenantId, serviceProviderId)
  const others = await core.store.read((db) => selectAuthentications(db, { tenantId, serviceProviderId }))
  return [{ id, name, username, createdAt }, ...others.map(({ sealedApiKey: _, ...facts }) => facts)]
}

/**
 * Takes one of the further authentications of a provider away. Devices that were seen through it are looked for through the
 * others, and are missing where the next full sync finds them in none.
 *
 * @throws {CoreError} `input.not_found` where the provider has none of this id, or it is the provider's own.
 */
export async function removeIntegrationAuthentication(
  core: Platform,
  request: ProviderKey & { readonly id: string; readonly actor?: string },
): Promise<void> {
  const { tenantId, serviceProviderId, id, actor = "system" } = request
  const [, ...others] = await listIntegrationAuthentications(core, tenantId, serviceProviderId)
  const known = others.find((one) => one.id === id)
  if (!known) throw new CoreError("input.not_found", "Cannot find the integration authentication", { field: "id" })
  const event = {
    actor,
    action: "integration-authentication.removed",
    subject: `service-provider/${serviceProviderId}`,
    outcome: "done",
    detail: { name: known.name },
  } as const
  await writeAudited(core, { name: "providers.remove-authentication" }, [deleteAuthentication(request, id)], {
    tenantId,
    events: [event],
  })
}

/** Through which authentication each of some devices was last seen; those that never were are left out. */
export async function findDeviceAuthentications(
  core: Platform,
  key: ProviderKey,
  carrierDeviceIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await core.store.rows<{ carrierDeviceId: string; authenticationId: string }>(
    authenticationsOfDevices(key, carrierDeviceIds),
  )
  return new Map(rows.map((row) => [row.carrierDeviceId, row.authenticationId]))
}

/** Remembers that devices were seen through an authentication. Those of which that is known are not written again. */
export async function rememberDeviceAuthentication(
  core: Platform,
  key: ProviderKey,
  authenticationId: string,
  carrierDeviceIds: readonly string[],
): Promise<void> {
  const known = await findDeviceAuthentications(core, key, carrierDeviceIds)
  const news = carrierDeviceIds.filter((id) => known.get(id) !== authenticationId)
  if (news.length === 0) return
  await core.store.unit({ name: "providers.remember-devices" }, [rememberDevices(key, authenticationId, news)])
}
