import { CoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import { type ApiKey, type Identity, ROLES, type Role } from "./api-key.ts"
import { sha256, toBase64Url, toHex } from "./encoding.ts"
import { secureRandomBytes } from "./ports.ts"
import { insertApiKey, revokeKey, selectApiKeys, selectKeyByHash } from "./statements.ts"

// A bearer token's own alphabet (RFC 6750): anything else could not be sent in a header.
const KEY_FORM = /^[\w.~+/-]{8,256}={0,2}$/

/**
 * Creates an API key. The key is in the answer and nowhere else: what is stored is its SHA-256.
 *
 * @param request `key` brings a key of one's own, for example from the environment of a first start; creating it again
 *   changes nothing. Absent, a random one of the form `ax_…` is made.
 * @throws {CoreError} `input.invalid` for an unknown role, a name that is empty or longer than 200 characters, or a key
 *   that is malformed, revoked, or in use with other facts; `input.not_found` if the tenant does not exist.
 */
export async function createApiKey(
  core: Platform,
  request: { readonly tenantId: string; readonly role: Role; readonly name: string; readonly key?: string },
): Promise<ApiKey & { readonly key: string }> {
  const { tenantId, role } = request
  const name = request.name.trim()
  const key = request.key ?? `ax_${toBase64Url(secureRandomBytes(32))}`
  if (!ROLES.includes(role)) throw refused("role", "role must be owner, operator or viewer")
  if (name === "" || name.length > 200) throw refused("name", "name must have 1 to 200 characters")
  if (!KEY_FORM.test(key)) throw refused("key", "key must have 8 to 256 characters out of A-Z a-z 0-9 - . _ ~ + /")
  const keyHash = await hashOf(key)
  await core.store.unit({ name: "tenancy.create-api-key" }, [
    insertApiKey({ tenantId, id: core.runtime.newId(), name, role, keyHash, createdAt: core.runtime.clock.now() }),
  ])
  const [stored] = await core.store.read((db) => selectKeyByHash(db, keyHash))
  if (!stored) {
    throw new CoreError("input.not_found", "Cannot create the API key: the tenant does not exist", {
      field: "tenantId",
    })
  }
  if (stored.revokedAt !== null) throw refused("key", "this key was revoked")
  if (stored.tenantId !== tenantId || stored.role !== role) throw refused("key", "this key is in use already")
  return { id: stored.id, name: stored.name, role, createdAt: stored.createdAt, revokedAt: null, key }
}

/** Who holds this key, or `undefined` where it is unknown or revoked. */
export async function authenticate(core: Platform, key: string): Promise<Identity | undefined> {
  if (!KEY_FORM.test(key)) return undefined
  // Looked up by its hash: how long the look-up takes says nothing about the key.
  const keyHash = await hashOf(key)
  const [stored] = await core.store.read((db) => selectKeyByHash(db, keyHash))
  if (!stored || stored.revokedAt !== null) return undefined
  return { tenantId: stored.tenantId, role: stored.role, keyId: stored.id }
}

/** API keys of a tenant in the order they were created, revoked ones too. */
export function listApiKeys(core: Platform, tenantId: string): Promise<readonly ApiKey[]> {
  return core.store.read((db) => selectApiKeys(db, tenantId))
}

/**
 * Ends an API key at once and for good; ending it again changes nothing.
 *
 * @throws {CoreError} `input.not_found` if the tenant has no key of this id.
 */
export async function revokeApiKey(core: Platform, tenantId: string, id: string): Promise<void> {
  const keys = await listApiKeys(core, tenantId)
  if (!keys.some((key) => key.id === id)) {
    throw new CoreError("input.not_found", "Cannot revoke the API key: the tenant has none of this id", { field: "id" })
  }
  await core.store.unit({ name: "tenancy.revoke-api-key" }, [revokeKey(tenantId, id, core.runtime.clock.now())])
}

async function hashOf(key: string): Promise<string> {
  return toHex(await sha256(key))
}

function refused(field: string, reason: string): CoreError {
  return new CoreError("input.invalid", `Cannot create the API key: ${reason}`, { field })
}
