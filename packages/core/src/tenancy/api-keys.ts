import { CoreError, isCoreError } from "../errors/mod.ts"
import type { Platform } from "../store/mod.ts"
import type { ApiKey, Identity } from "./api-key.ts"
import { writeAudited } from "./audit-log.ts"
import { equalInConstantTime, sha256, toBase64Url, toHex } from "./encoding.ts"
import { secureRandomBytes } from "./ports.ts"
import { ROLES, type Role } from "./roles.ts"
import {
  insertApiKey,
  revokeKey,
  selectApiKeys,
  selectKeysByPrefix,
  type StoredApiKey,
  touchKey,
} from "./statements.ts"
import { getTenant } from "./tenants.ts"

// A bearer token's own alphabet (RFC 6750): anything else could not be sent in a header.
const KEY_FORM = /^[\w.~+/-]{8,256}={0,2}$/
const OWN_FORM = /^ax_[\w-]{43}$/
// `ax_` and 8 of the 43 random characters: enough to tell keys apart, and the 35 that stay secret have 210 bits.
const PREFIX_LENGTH = 11
// How precise "last used" is: a write for each request would make every reader a writer.
const TOUCH_INTERVAL_MS = 10 * 60_000

/** What an API key is made from. */
export interface ApiKeyRequest {
  readonly tenantId: string
  readonly role: Role
  readonly name: string
  /** A key of one's own, for example from the environment of a first start. Absent, a random one of the form `ax_…` is made. */
  readonly key?: string
  /** Epoch milliseconds from which on it is not valid. @default no end */
  readonly expiresAt?: number
  /** Who asks for it, for the audit log. @default "system" */
  readonly actor?: string
}

/**
 * Creates an API key. The key is in the answer and nowhere else: what is stored is its SHA-256. Creating a key of one's own
 * again changes nothing.
 *
 * @throws {CoreError} `input.invalid` for an unknown role, a name that is empty or longer than 200 characters, an end that
 *   is past, or a key that is malformed, revoked, or in use with other facts; `input.not_found` if the tenant does not
 *   exist.
 */
export async function createApiKey(core: Platform, request: ApiKeyRequest): Promise<ApiKey & { readonly key: string }> {
  const { tenantId, role, actor = "system" } = request
  const name = request.name.trim()
  const key = request.key ?? `ax_${toBase64Url(secureRandomBytes(32))}`
  const expiresAt = request.expiresAt ?? null
  const now = core.runtime.clock.now()
  if (!ROLES.includes(role)) throw refused("role", `role must be one of ${ROLES.join(", ")}`)
  if (name === "" || name.length > 200) throw refused("name", "name must have 1 to 200 characters")
  if (!KEY_FORM.test(key)) throw refused("key", "key must have 8 to 256 characters out of A-Z a-z 0-9 - . _ ~ + /")
  if (expiresAt !== null && !(Number.isSafeInteger(expiresAt) && expiresAt > now)) {
    throw refused("expiresAt", "expiresAt must be epoch milliseconds to come")
  }
  const keyHash = await hashOf(key)
  const prefix = prefixOf(key, keyHash)
  const known = await findKey(core, key)
  if (!known) {
    await getTenant(core, tenantId)
    const id = core.runtime.newId()
    await writeAudited(
      core,
      { name: "tenancy.create-api-key" },
      [insertApiKey({ tenantId, id, name, role, prefix, keyHash, createdAt: now, expiresAt })],
      {
        tenantId,
        // By the key and not by its id: of two processes that create the same key, one does.
        events: [
          {
            id: `api-key.created.${keyHash.slice(0, 32)}`,
            actor,
            action: "api-key.created",
            subject: `api-key/${id}`,
            outcome: "done",
            detail: { name, role, expiresAt },
          },
        ],
      },
    )
  }
  const stored = known ?? (await findKey(core, key))
  if (!stored)
    throw new CoreError("store.unavailable", "Cannot create the API key: it was not found after it was written")
  if (stored.revokedAt !== null) throw refused("key", "this key was revoked")
  if (stored.tenantId !== tenantId || stored.role !== role) throw refused("key", "this key is in use already")
  if (known && isOver(known, now)) throw refused("key", "this key has expired")
  return { ...listed(stored), key }
}

/** Who holds this key, or `undefined` where it is unknown, was revoked or has expired. */
export async function authenticate(core: Platform, key: string): Promise<Identity | undefined> {
  if (!KEY_FORM.test(key)) return undefined
  const stored = await findKey(core, key)
  const now = core.runtime.clock.now()
  if (!stored || isOver(stored, now)) return undefined
  const { tenantId, role, id } = stored
  if ((stored.lastUsedAt ?? 0) <= now - TOUCH_INTERVAL_MS) await touch(core, stored, now)
  return { tenantId, role, keyId: id }
}

/** API keys of a tenant in the order they were created, revoked and expired ones too. */
export function listApiKeys(core: Platform, tenantId: string): Promise<readonly ApiKey[]> {
  return core.store.read((db) => selectApiKeys(db, tenantId))
}

/**
 * Ends an API key at once and for good; ending it again changes nothing.
 *
 * @param actor Who asks for it, for the audit log. @default "system"
 * @throws {CoreError} `input.not_found` if the tenant has no key of this id.
 */
export async function revokeApiKey(core: Platform, tenantId: string, id: string, actor = "system"): Promise<void> {
  const keys = await listApiKeys(core, tenantId)
  if (!keys.some((key) => key.id === id)) {
    throw new CoreError("input.not_found", "Cannot revoke the API key: the tenant has none of this id", { field: "id" })
  }
  const subject = `api-key/${id}`
  await writeAudited(core, { name: "tenancy.revoke-api-key" }, [revokeKey(tenantId, id, core.runtime.clock.now())], {
    tenantId,
    events: [{ id: `api-key.revoked.${id}`, actor, action: "api-key.revoked", subject, outcome: "done" }],
  })
}

/** Found by what may be shown of it, and known by its hash: how long that takes says nothing about the rest. */
async function findKey(core: Platform, key: string): Promise<StoredApiKey | undefined> {
  const keyHash = await hashOf(key)
  const candidates = await core.store.read((db) => selectKeysByPrefix(db, prefixOf(key, keyHash)))
  return candidates.filter((candidate) => equalInConstantTime(candidate.keyHash, keyHash))[0]
}

/** What of a key may be shown: of one that somebody thought up, nothing but its hash's beginning. */
function prefixOf(key: string, keyHash: string): string {
  return OWN_FORM.test(key) ? key.slice(0, PREFIX_LENGTH) : `sha256:${keyHash.slice(0, 8)}`
}

function isOver({ revokedAt, expiresAt }: ApiKey, now: number): boolean {
  return revokedAt !== null || (expiresAt !== null && expiresAt <= now)
}

async function touch(core: Platform, { tenantId, id }: StoredApiKey, now: number): Promise<void> {
  try {
    await core.store.unit({ name: "tenancy.touch-api-key" }, [touchKey(tenantId, id, now, now - TOUCH_INTERVAL_MS)])
  } catch (error) {
    // A caller is not turned away because a note could not be taken.
    if (!isCoreError(error)) throw error
  }
}

function listed({ tenantId: _tenantId, keyHash: _keyHash, ...key }: StoredApiKey): ApiKey {
  return key
}

async function hashOf(key: string): Promise<string> {
  return toHex(await sha256(key))
}

function refused(field: string, reason: string): CoreError {
  return new CoreError("input.invalid", `Cannot create the API key: ${reason}`, { field })
}
