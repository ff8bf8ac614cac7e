/**
 * Random bytes that nobody can guess, for keys and nonces. Not part of the runtime port: a run replayed from its seed must
 * not make the same keys again.
 */
export function secureRandomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length))
}
