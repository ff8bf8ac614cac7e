import type { ChainCheckpoint, ChainHead } from "../domain/mod.ts"
import { fromBase64, toBase64Url } from "./encoding.ts"
import type { SecretContext } from "./sealed-secret.ts"
import { keyById, type SealingKey } from "./sealing-key.ts"

const VERSION = "c1"

/**
 * Signs a place in a hash chain, so that entries up to it can be removed and the rest still be verified. The signature is
 * an HMAC by a key derived from the sealing key: `c1.<key id>.<HMAC-SHA-256>`.
 *
 * @param context Whose chain it is, and which: a checkpoint holds nowhere else.
 * @example
 * ```ts
 * import { isSignedCheckpoint, importSealingKey, signCheckpoint } from "@altaworx/core/tenancy"
 *
 * const sealingKey = await importSealingKey(btoa("0123456789abcdef0123456789abcdef"))
 * const context = { tenantId: "1", purpose: "bulk-change/7" }
 * const checkpoint = await signCheckpoint(sealingKey, { seq: 3, hash: "ab".repeat(32) }, context)
 * console.log(await isSignedCheckpoint(sealingKey, checkpoint, context)) // true
 * console.log(await isSignedCheckpoint(sealingKey, { ...checkpoint, seq: 4 }, context)) // false
 * ```
 */
export async function signCheckpoint(
  sealingKey: SealingKey,
  { seq, hash }: ChainHead,
  context: SecretContext,
): Promise<ChainCheckpoint> {
  const mac = await crypto.subtle.sign("HMAC", sealingKey.signing, message(sealingKey.id, { seq, hash }, context))
  return { seq, hash, signature: [VERSION, sealingKey.id, toBase64Url(new Uint8Array(mac))].join(".") }
}

/** Whether a checkpoint was signed for this chain, by the sealing key or one that it replaced. */
export async function isSignedCheckpoint(
  sealingKey: SealingKey,
  checkpoint: ChainCheckpoint,
  context: SecretContext,
): Promise<boolean> {
  const [version, keyId, macText, ...rest] = (checkpoint.signature ?? "").split(".")
  const key = keyById(sealingKey, keyId)
  const mac = fromBase64(macText ?? "")
  if (version !== VERSION || !key || !mac || rest.length > 0) return false
  return crypto.subtle.verify("HMAC", key.signing, mac, message(key.id, checkpoint, context))
}

/** Id of the key a checkpoint was signed with. */
export function signingKeyIdOf(checkpoint: ChainCheckpoint): string | undefined {
  return /^c1\.([\da-f]{16})\./.exec(checkpoint.signature ?? "")?.[1]
}

function message(keyId: string, { seq, hash }: ChainHead, context: SecretContext): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify([VERSION, keyId, context.tenantId, context.purpose, seq, hash]))
}
