import type { SecretContext } from "../tenancy/mod.ts"

/** What a sealed API key is bound to: a provider's own, or that of one of its further authentications by its name. */
export function keyContext(tenantId: string, serviceProviderId: string, authentication = ""): SecretContext {
  const of = authentication === "" ? "" : `/authentication/${authentication}`
  return { tenantId, purpose: `service-provider/${serviceProviderId}${of}/api-key` }
}
