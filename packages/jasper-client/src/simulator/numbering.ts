import { hash32, hashBelow } from "./hash.ts"
import { luhnDigit } from "./iccid.ts"

/** Gives each SIM of a fleet its ICCID and finds it again, without a table. */
export interface Numbering {
  iccidOf(id: number): string
  /** The number that goes with an ICCID, of the fleet or of a SIM that may enter it later; -1 if there is none. */
  idOf(iccid: string): number
}

/** 89 for telecommunications, then country code 999, which no operator has. */
const PREFIX = "89999"
/** One serial number in seven is in use, at a seeded place, so that made-up ICCIDs are not found. */
const SPACING = 7
const STREAM = { multiplier: 20, offset: 21, base: 22, jitter: 23 } as const

/**
 * Numbers a fleet: prefix, serial number, Luhn digit; 19 or 20 digits in all.
 *
 * The serial numbers are a permutation of the SIM numbers (multiply and add modulo the size), so that the order of
 * ICCIDs says nothing of the order of modification dates.
 */
export function createNumbering(seed: number, size: number, digitCount: 19 | 20 = 19): Numbering {
  const bodyDigits = digitCount - PREFIX.length - 1
  const modulus = Math.max(1, size)
  let multiplier = 1 + hashBelow(seed, STREAM.multiplier, 0, modulus)
  while (greatestCommonDivisor(multiplier, modulus) !== 1) multiplier++
  const inverse = inverseModulo(multiplier, modulus)
  const offset = hashBelow(seed, STREAM.offset, 0, modulus)
  const base = hash32(seed, STREAM.base, 0) * 1000

  function serialOf(id: number): number {
    // SIMs that enter later continue behind the fleet.
    const place = id < size ? (id * multiplier + offset) % modulus : id
    return base + place * SPACING + hashBelow(seed, STREAM.jitter, place, SPACING)
  }

  return {
    iccidOf(id) {
      const digits = PREFIX + String(serialOf(id)).padStart(bodyDigits, "0")
      return digits + luhnDigit(digits)
    },
    idOf(iccid) {
      if (iccid.length !== digitCount || !iccid.startsWith(PREFIX)) return -1
      const digits = iccid.slice(0, -1)
      if (iccid !== digits + luhnDigit(digits)) return -1
      const serial = Number(digits.slice(PREFIX.length))
      const place = Math.floor((serial - base) / SPACING)
      if (place < 0) return -1
      const id = place < size ? ((place - offset + modulus) * inverse) % modulus : place
      return serialOf(id) === serial ? id : -1
    },
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

/** The number that undoes a multiplication modulo `modulus`; both have no common divisor. */
function inverseModulo(value: number, modulus: number): number {
  let [r, nextR] = [modulus, value % modulus]
  let [t, nextT] = [0, 1]
  while (nextR > 0) {
    const quotient = Math.floor(r / nextR)
    ;[r, nextR] = [nextR, r - quotient * nextR]
    ;[t, nextT] = [nextT, t - quotient * nextT]
  }
  return modulus === 1 ? 0 : ((t % modulus) + modulus) % modulus
}
