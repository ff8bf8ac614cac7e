import type { Platform } from "../store/mod.ts"
import { openSecret, type SealingKey } from "../tenancy/mod.ts"
import { keyContext } from "./key-context.ts"
import { type SealedApiKey, sealedApiKeysOf } from "./sealed-statements.ts"

/**
 * Opens the key of a provider, or that of one of its further authentications by its name.
 *
 * @throws {CoreError} `secret.unreadable` if there is none, or it was sealed with another sealing key.
 */
export async function openApiKey(
  core: Platform,
  sealingKey: SealingKey,
  tenantId: string,
  serviceProviderId: string,
  authentication = "",
): Promise<string> {
  const rows = await core.store.rows<SealedApiKey>(sealedApiKeysOf(tenantId, serviceProviderId))
  const row = rows.find((one) => one.authentication === authentication)
  return openSecret(sealingKey, row?.sealed ?? "", keyContext(tenantId, serviceProviderId, authentication))
}
