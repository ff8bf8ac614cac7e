const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"] as const

/**
 * Writes a volume for people: three significant digits in the largest unit that fits, 1 MB = 1024 KB.
 *
 * @example
 * ```ts
 * formatVolume(1_610_612_736) // "1.5 GB"
 * ```
 */
export function formatVolume(bytes: number): string {
  let value = bytes
  let unit = 0
  // 999.5 rounds to 1000, which the next unit writes better.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${Number(value.toPrecision(3))} ${UNITS[unit]}`
}
