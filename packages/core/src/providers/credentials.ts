import { CoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import { isSealedWith, type SealingKey } from "../tenancy/mod.ts"
import { endpointFault } from "./check-endpoint.ts"
import { listIntegrationAuthentications } from "./integration-authentications.ts"
import { openApiKey } from "./open-api-key.ts"
import { allSealedApiKeys, type SealedApiKey, sealedApiKeysOf } from "./sealed-statements.ts"
import type { ProviderCredentials } from "./service-provider.ts"
import { getServiceProvider } from "./service-providers.ts"
import { selectAllBaseUrls } from "./statements.ts"

/**
 * Opens what is needed to connect to a provider. For connectors only: the key is to reach no log, answer or row.
 *
 * @param authenticationId One of its integration authentications. @default its own credentials
 * @throws {CoreError} `input.not_found` if the tenant has no service provider of this id, or it no such authentication;
 *   `secret.unreadable` if its key was sealed with another sealing key; `input.invalid`, field `baseUrl`, if they would
 *   travel in clear.
 */
export async function openCredentials(
  core: Platform,
  sealingKey: SealingKey,
  tenantId: string,
  id: string,
  authenticationId = id,
): Promise<ProviderCredentials> {
  const { baseUrl } = await getServiceProvider(core, tenantId, id)
  // Checked when it was entered; and again, since what is stored may come from elsewhere.
  const fault = endpointFault(baseUrl)
  if (fault !== undefined) throw refusedEndpoint(fault)
  const all = await listIntegrationAuthentications(core, tenantId, id)
  const one = all.find((authentication) => authentication.id === authenticationId)
  if (!one) {
    throw new CoreError("input.not_found", "Cannot find the integration authentication", { field: "authenticationId" })
  }
  const name = one === all[0] ? "" : one.name
  return { baseUrl, username: one.username, apiKey: await openApiKey(core, sealingKey, tenantId, id, name) }
}

/**
 * A text that changes when any of the provider's credentials does: what is connected with older ones is then connected
 * anew. It holds nothing that can be read without the sealing key.
 *
 * @throws {CoreError} `input.not_found` if the tenant has no service provider of this id.
 */
export async function credentialsVersion(core: Platform, tenantId: string, id: string): Promise<string> {
  const { baseUrl, integrationType } = await getServiceProvider(core, tenantId, id)
  const keys = await core.store.rows<SealedApiKey>(sealedApiKeysOf(tenantId, id))
  return JSON.stringify([baseUrl, integrationType, keys])
}

/**
 * Checks that all credentials were sealed with this sealing key or one that it replaced, of all tenants: a host that starts with a wrong one would
 * otherwise give up every job that needs a carrier.
 *
 * @throws {CoreError} `secret.unreadable` if one was sealed with another key.
 */
export async function checkSealingKey(core: Platform, sealingKey: SealingKey): Promise<void> {
  const rows = await core.store.rows<SealedApiKey>(allSealedApiKeys())
  const others = rows.filter(({ sealed }) => !isSealedWith(sealingKey, sealed)).length
  if (others === 0) return
  throw new CoreError(
    "secret.unreadable",
    `Cannot use the sealing key: the credentials of ${others} of ${rows.length} service providers were sealed with another one`,
  )
}

/**
 * Checks that the stored addresses of all carriers, of all tenants, may be spoken to: a host that starts would otherwise
 * find out at the first job that credentials would travel in clear.
 *
 * @throws {CoreError} `input.invalid`, field `baseUrl`, that counts the addresses and says why the first is refused.
 */
export async function checkEndpoints(core: Platform): Promise<void> {
  const rows = await core.store.read(selectAllBaseUrls)
  const faults = rows.flatMap(({ baseUrl }) => endpointFault(baseUrl) ?? [])
  if (faults.length > 0) throw refusedEndpoint(`${faults.length} of ${rows.length} service providers: ${faults[0]}`)
}

function refusedEndpoint(reason: string): CoreError {
  return new CoreError("input.invalid", `Cannot use the carrier's address: ${reason}`, { field: "baseUrl" })
}
