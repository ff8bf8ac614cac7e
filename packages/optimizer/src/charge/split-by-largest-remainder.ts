/**
 * Splits a whole amount in proportion to weights so that the parts add up to it exactly.
 *
 * Each part is rounded down; what is left goes, one each, to the largest remainders, the earlier on ties.
 *
 * @param amount 0 or more.
 * @param weights Safe integers of 0 or more, not all 0 unless `amount` is.
 */
export function splitByLargestRemainder(amount: bigint, weights: readonly number[]): readonly bigint[] {
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n)
  if (total === 0n) return weights.map(() => 0n)
  let left = amount
  const parts = weights.map((weight) => {
    const part = (amount * BigInt(weight)) / total
    left -= part
    return part
  })
  const byRemainder = weights.map((weight, k) => ({ k, rest: (amount * BigInt(weight)) % total }))
  byRemainder.sort((a, b) => (a.rest > b.rest ? -1 : a.rest < b.rest ? 1 : a.k - b.k))
  for (let i = 0; left > 0n; i++, left--) parts[byRemainder[i]!.k]!++
  return parts
}
