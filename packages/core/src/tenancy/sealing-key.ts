import { CoreError } from "../errors/mod.ts"
import { fromBase64, sha256, toBase64Url, toHex } from "./encoding.ts"

/** The platform's key that seals secrets at rest and signs checkpoints. Its bytes cannot be taken out again. */
export interface SealingKey {
  /** Names the key in what it sealed, so that another one can follow it; says nothing about its bytes. */
  readonly id: string
  readonly key: CryptoKey
  /** Derived from the same bytes, for signatures. */
  readonly signing: CryptoKey
  /** Keys that this one replaced: they still open and verify, and seal nothing. */
  readonly retired?: readonly SealingKey[]
}

/**
 * Takes a sealing key from its base64 text.
 *
 * @param retired Texts of the keys that it replaces, for as long as something is sealed with them.
 * @throws {CoreError} `input.invalid`, field `sealingKey`, if a text is anything but 32 bytes in base64.
 * @example
 * ```ts
 * import { importSealingKey, openSecret, sealSecret } from "@altaworx/core/tenancy"
 *
 * const [before, after] = [btoa("0123456789abcdef0123456789abcdef"), btoa("fedcba9876543210fedcba9876543210")]
 * const context = { tenantId: "1", purpose: "example" }
 * const sealed = await sealSecret(await importSealingKey(before), "a secret", context)
 * console.log(await openSecret(await importSealingKey(after, [before]), sealed, context)) // "a secret"
 * ```
 */
export async function importSealingKey(base64: string, retired: readonly string[] = []): Promise<SealingKey> {
  const key = await importOne(base64)
  if (retired.length === 0) return key
  return { ...key, retired: await Promise.all(retired.map(importOne)) }
}

/** The key of this id: the sealing key itself, or one that it replaced. */
export function keyById(sealingKey: SealingKey, id: string | undefined): SealingKey | undefined {
  return [sealingKey, ...(sealingKey.retired ?? [])].find((key) => key.id === id)
}

async function importOne(base64: string): Promise<SealingKey> {
  const bytes = fromBase64(base64)
  if (bytes?.length !== 32) {
    const got = bytes === undefined ? "text that is no base64" : `${bytes.length} bytes`
    throw new CoreError("input.invalid", `Cannot use the sealing key: expected 32 bytes in base64, got ${got}`, {
      field: "sealingKey",
    })
  }
  const fingerprint = await sha256(`altaworx sealing key ${toBase64Url(bytes)}`)
  return {
    id: toHex(fingerprint.slice(0, 8)),
    key: await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]),
    signing: await deriveSigningKey(bytes),
  }
}

/** HKDF: what signs tells nothing about what seals. */
async function deriveSigningKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey"])
  const info = new TextEncoder().encode("altaworx signing key")
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info },
    base,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign", "verify"],
  )
}
