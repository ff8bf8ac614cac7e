/** Random bytes that nobody can guess, for signing secrets. Not part of the runtime port: a replayed run must not make them again. */
export function secureRandomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length))
}
