const BYTES_PER_UNIT = {
  B: 1,
  KB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
} as const

/**
 * Reads a volume as Control Center writes it (5 and "MB") into bytes. Its megabyte is 1024 KB.
 *
 * @throws {RangeError} If the unit is unknown, or the volume is not a whole, safe number of bytes.
 */
export function parseDataVolume(amount: string | number, unit: string): number {
  const factor = BYTES_PER_UNIT[unit.trim().toUpperCase() as keyof typeof BYTES_PER_UNIT]
  const bytes = Number(amount) * (factor ?? Number.NaN)
  if (!Number.isSafeInteger(Math.round(bytes)) || bytes < 0) {
    throw new RangeError(
      `Cannot read the data volume: got "${amount}" "${unit}", expected a number and one of B, KB, MB, GB, TB`,
    )
  }
  return Math.round(bytes)
}

/** Whole kilobytes that hold `bytes`: usage is rounded up, as carriers bill it. */
export function kilobytesOf(bytes: number): number {
  return Math.ceil(bytes / 1024)
}
