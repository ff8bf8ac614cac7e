import { CoreError } from "../errors/mod.ts"
import { fromBase64, sha256, toBase64Url, toHex } from "./encoding.ts"

/** The platform's key that seals secrets at rest. Its bytes cannot be taken out again. */
export interface SealingKey {
  /** Names the key in what it sealed, so that another one can follow it; says nothing about its bytes. */
  readonly id: string
  readonly key: CryptoKey
}

/**
 * Takes a sealing key from its base64 text.
 *
 * @throws {CoreError} `input.invalid`, field `sealingKey`, if the text is anything but 32 bytes in base64.
 * @example
 * ```ts
 * import { importSealingKey } from "@altaworx/core/tenancy"
 *
 * const sealingKey = await importSealingKey(btoa("0123456789abcdef0123456789abcdef"))
 * console.log(sealingKey.id.length) // 16
 * ```
 */
export async function importSealingKey(base64: string): Promise<SealingKey> {
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
  }
}
