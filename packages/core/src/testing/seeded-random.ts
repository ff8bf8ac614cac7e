/**
 * Numbers in [0, 1) that are a function of the seed: same seed, same numbers, on every host.
 *
 * @param seed Any safe integer.
 * @example
 * ```ts
 * import { seededRandom } from "@altaworx/core/testing"
 *
 * console.log(seededRandom(1)() === seededRandom(1)()) // true
 * ```
 */
export function seededRandom(seed: number): () => number {
  // sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, passes its author's and BigCrush's tests.
  let a = seed | 0
  let b = Math.floor(seed / 2 ** 32) | 0
  let c = 0x9e3779b9 | 0
  let counter = 1
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  // The first numbers still show the seed.
  for (let i = 0; i < 16; i++) next()
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53
}
