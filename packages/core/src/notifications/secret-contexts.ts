import type { SecretContext } from "../tenancy/mod.ts"

/** What the settings of a deliverer are sealed for. */
export function settingContext(tenantId: string, deliverer: string): SecretContext {
  return { tenantId, purpose: `notification-setting/${deliverer}` }
}

/** What a part of a webhook endpoint is sealed for. */
export function endpointContext(tenantId: string, id: string, part: "url" | "secret"): SecretContext {
  return { tenantId, purpose: `webhook-endpoint/${id}/${part}` }
}
