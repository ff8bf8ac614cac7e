import { CoreError } from "../errors/mod.ts"
import { fromBase64, toBase64Url } from "./encoding.ts"
import { secureRandomBytes } from "./ports.ts"
import { keyById, type SealingKey } from "./sealing-key.ts"

/** What a secret is for. A sealed text opens only in the context it was sealed for, so rows cannot be swapped. */
export interface SecretContext {
  readonly tenantId: string
  /** Names the one place the secret belongs to, for example `service-provider/<id>/api-key`. */
  readonly purpose: string
}

const VERSION = "s1"

/**
 * Seals a secret for storage: `s1.<key id>.<nonce>.<AES-256-GCM ciphertext>`. Two calls give two texts.
 *
 * @example
 * ```ts
 * import { importSealingKey, openSecret, sealSecret } from "@altaworx/core/tenancy"
 *
 * const sealingKey = await importSealingKey(btoa("0123456789abcdef0123456789abcdef"))
 * const context = { tenantId: "1", purpose: "example" }
 * const sealed = await sealSecret(sealingKey, "a secret", context)
 * console.log(await openSecret(sealingKey, sealed, context)) // "a secret"
 * ```
 */
export async function sealSecret(sealingKey: SealingKey, plaintext: string, context: SecretContext): Promise<string> {
  const nonce = secureRandomBytes(12)
  const sealed = await crypto.subtle.encrypt(
    algorithm(sealingKey.id, nonce, context),
    sealingKey.key,
    new TextEncoder().encode(plaintext),
  )
  return [VERSION, sealingKey.id, toBase64Url(nonce), toBase64Url(new Uint8Array(sealed))].join(".")
}

/**
 * Opens a sealed secret, with the sealing key or one that it replaced.
 *
 * @throws {CoreError} `secret.unreadable` if it was sealed with another key or for another context, or was altered. The
 *   message holds nothing of the secret.
 */
export async function openSecret(sealingKey: SealingKey, sealed: string, context: SecretContext): Promise<string> {
  const [version, keyId, nonceText, ciphertextText, ...rest] = sealed.split(".")
  const nonce = fromBase64(nonceText ?? "")
  const ciphertext = fromBase64(ciphertextText ?? "")
  if (version !== VERSION || nonce?.length !== 12 || ciphertext === undefined || rest.length > 0) {
    throw unreadable("it is not in a known sealed form")
  }
  const key = keyById(sealingKey, keyId)
  if (!key) throw unreadable("it was sealed with another sealing key")
  let opened: ArrayBuffer
  try {
    opened = await crypto.subtle.decrypt(algorithm(key.id, nonce, context), key.key, ciphertext)
  } catch {
    throw unreadable("it was altered, or sealed for another place")
  }
  return new TextDecoder().decode(opened)
}

/**
 * Seals a secret anew with the sealing key, where one that it replaced sealed it.
 *
 * @returns The new text, or `undefined` where nothing is to be done.
 * @throws {CoreError} `secret.unreadable` as {@link openSecret}.
 */
export async function resealSecret(
  sealingKey: SealingKey,
  sealed: string,
  context: SecretContext,
): Promise<string | undefined> {
  if (sealingKeyIdOf(sealed) === sealingKey.id) return undefined
  return sealSecret(sealingKey, await openSecret(sealingKey, sealed, context), context)
}

/** Whether a text was sealed with the sealing key or one that it replaced. Opens nothing. */
export function isSealedWith(sealingKey: SealingKey, sealed: string): boolean {
  return keyById(sealingKey, sealingKeyIdOf(sealed)) !== undefined
}

/** Id of the sealing key a text was sealed with, or `undefined` where it is in no known form. */
function sealingKeyIdOf(sealed: string): string | undefined {
  return /^s1\.([\da-f]{16})\./.exec(sealed)?.[1]
}

function algorithm(keyId: string, nonce: Uint8Array<ArrayBuffer>, context: SecretContext): AesGcmParams {
  // JSON keeps the parts apart: no tenant and purpose can be written so that they read as another pair.
  const bound = JSON.stringify([VERSION, keyId, context.tenantId, context.purpose])
  return { name: "AES-GCM", iv: nonce, additionalData: new TextEncoder().encode(bound) }
}

function unreadable(reason: string): CoreError {
  return new CoreError("secret.unreadable", `Cannot open the secret: ${reason}`)
}
