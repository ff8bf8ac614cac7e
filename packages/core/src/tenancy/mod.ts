/** Tenants, API keys and roles, secrets sealed at rest, and texts made fit for logs. */
export { type ApiKey, type Identity, ROLES, type Role } from "./api-key.ts"
export { authenticate, createApiKey, listApiKeys, revokeApiKey } from "./api-keys.ts"
export { redact } from "./redact.ts"
export { openSecret, type SecretContext, sealingKeyIdOf, sealSecret } from "./sealed-secret.ts"
export { importSealingKey, type SealingKey } from "./sealing-key.ts"
export type { Tenant } from "./tenant.ts"
export { createTenant, getTenant, hasTenants } from "./tenants.ts"
