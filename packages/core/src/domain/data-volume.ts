const BYTES_PER_UNIT = {
  B: 1,
  KB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
} as const

/**
 * Reads a volume as Control Center writes it (5 and "MB") into bytes, rounded to a whole one. Its megabyte is 1024 KB.
 *
 * @throws {RangeError} If the unit is unknown, or the amount is no decimal number, negative, or more bytes than are safe.
 * @example
 * ```ts
 * import { parseDataVolume } from "@altaworx/core/domain"
 *
 * console.log(parseDataVolume("1.5", "KB")) // 1536
 * ```
 */
export function parseDataVolume(amount: string | number, unit: string): number {
  const text = String(amount).trim()
  const factor = BYTES_PER_UNIT[unit.trim().toUpperCase() as keyof typeof BYTES_PER_UNIT]
  const bytes = /^\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * (factor ?? Number.NaN)) : Number.NaN
  if (!Number.isSafeInteger(bytes)) {
    throw new RangeError(
      `Cannot read the data volume: got "${amount}" "${unit}", expected a number and one of B, KB, MB, GB, TB`,
    )
  }
  return bytes
}

/** Whole kilobytes that hold `bytes`: usage is rounded up, as carriers bill it. */
export function kilobytesOf(bytes: number): number {
  return Math.ceil(bytes / 1024)
}
