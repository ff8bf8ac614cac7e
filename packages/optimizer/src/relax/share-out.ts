/**
 * Shares `max(0, level - value) / softness` that add up to 1.
 *
 * @returns Half of what the squares of the shares fall short of 1.
 */
export function shareOut(values: Float64Array, count: number, softness: number, into: Float64Array): number {
  let least = Infinity
  for (let k = 0; k < count; k++) least = Math.min(least, values[k]!)
  // From above: leaving out a plan that is too dear lowers the level, and then others may be too dear. Measured from the least value,
  // beside which the softness may be too small for doubles to tell.
  let level = Infinity
  for (let active = count + 1; ; ) {
    let sum = 0
    let below = 0
    for (let k = 0; k < count; k++) {
      if (values[k]! - least >= level) continue
      sum += values[k]! - least
      below++
    }
    if (below === 0 || below >= active) break
    active = below
    level = (softness + sum) / below
  }
  let squares = 0
  for (let k = 0; k < count; k++) {
    into[k] = Math.max(0, level - (values[k]! - least)) / softness
    squares += into[k]! * into[k]!
  }
  return (1 - squares) / 2
}
