/** First place in `[from, end)` whose usage is above `usage`. */
export function placeAfter(sorted: Float64Array, usage: number, from: number, end: number): number {
  let low = from
  let high = end
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! > usage) high = middle
    else low = middle + 1
  }
  return low
}

/** First place in `[from, end)` whose usage is `usage` or above. */
export function placeFrom(sorted: Float64Array, usage: number, from: number, end: number): number {
  let low = from
  let high = end
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < usage) low = middle + 1
    else high = middle
  }
  return low
}
