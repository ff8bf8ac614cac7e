/**
 * Mixes a seed, a stream number and an index into 32 well-spread bits (the finalizer of MurmurHash3, twice).
 *
 * Integer arithmetic only, so that every engine draws the same fleet; a stateless hash rather than a generator, so
 * that any SIM can be drawn without those before it.
 */
export function hash32(seed: number, stream: number, index: number): number {
  let h = (seed ^ Math.imul(stream + 1, 0x9e3779b9)) >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  h = (h ^ (h >>> 16) ^ Math.imul(index + 1, 0x27d4eb2f)) >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Draws an integer in `[0, below)`; `below` is at most 2^32. */
export function hashBelow(seed: number, stream: number, index: number, below: number): number {
  return Math.floor((hash32(seed, stream, index) * below) / 0x1_0000_0000)
}
