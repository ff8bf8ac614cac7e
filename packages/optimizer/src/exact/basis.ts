import { type Basis, FEASIBLE, type Simplex } from "./simplex.ts"

const SINGULAR = 1e-11
const NEGATIVE = -1e-12

/** Goes on from a basis; from scratch where there is none. */
export function loadBasis(s: Simplex, from: Basis | null): void {
  if (from === null) return startOver(s)
  if (from !== s.current) {
    s.work.set(from.work)
    s.key.set(from.key)
    s.isHigh.set(from.isHigh)
    s.isBasic.fill(0)
    for (const v of s.work) s.isBasic[v] = 1
    for (const v of s.key) s.isBasic[v] = 1
    if (!invert(s)) return startOver(s)
  }
  settle(s)
}

/** Computes everything anew from what is basic. */
export function refresh(s: Simplex): void {
  if (invert(s)) settle(s)
  else startOver(s)
}

/** Every row's own column is basic, and every group on its cheapest option: dual feasible in any case. */
function startOver(s: Simplex): void {
  const { space, n, m, cost, key, work, isBasic } = s
  isBasic.fill(0)
  s.isHigh.fill(0)
  for (let r = 0; r < m; r++) isBasic[(work[r] = n + 2 * r + (s.poolAt[r]! >= 0 ? 1 : 0))] = 1
  for (let g = 0; g < space.groupCount; g++) {
    let best = space.first[g]!
    for (let v = best; v < space.first[g + 1]!; v++) {
      if (s.high[v]! > 0 && (s.high[best] === 0 || cost[v]! < cost[best]!)) best = v
    }
    isBasic[(key[g] = best)] = 1
  }
  invert(s)
  settle(s)
}

function settle(s: Simplex): void {
  s.busy.fill(0)
  for (const v of s.work) if (v < s.n) s.busy[s.space.groupOf[v]!]!++
  reduce(s)
  evaluate(s)
  if (mendKeys(s)) evaluate(s)
}

/** Adds `factor` times a column, less that of the key of its group. */
export function addColumn(s: Simplex, into: Float64Array, v: number, factor: number): void {
  if (v >= s.n) {
    into[(v - s.n) >> 1]! += ((v - s.n) & 1) === 1 ? factor : -factor
    return
  }
  addOption(s, into, v, factor)
  addOption(s, into, s.key[s.space.groupOf[v]!]!, -factor)
}

function addOption({ rowP, rowC, coef, m }: Simplex, into: Float64Array, v: number, factor: number): void {
  if (rowP[v]! < m) into[rowP[v]!]! += factor * coef[v]!
  into[rowC[v]!]! += factor
}

/** Gauss-Jordan with row pivoting; false if the basis is singular. */
function invert(s: Simplex): boolean {
  const { m, inverse } = s
  const [column, , a] = s.scratch
  for (let i = 0; i < m; i++) {
    column.fill(0)
    addColumn(s, column, s.work[i]!, 1)
    for (let r = 0; r < m; r++) a[r * m + i] = column[r]!
  }
  inverse.fill(0)
  for (let i = 0; i < m; i++) inverse[i * m + i] = 1
  for (let c = 0; c < m; c++) {
    let p = c
    for (let r = c + 1; r < m; r++) if (Math.abs(a[r * m + c]!) > Math.abs(a[p * m + c]!)) p = r
    const pivot = a[p * m + c]!
    if (!(Math.abs(pivot) > SINGULAR)) return false
    for (const matrix of [a, inverse]) {
      for (let k = 0; k < m; k++) {
        const moved = matrix[p * m + k]!
        matrix[p * m + k] = matrix[c * m + k]!
        matrix[c * m + k] = moved / pivot
      }
    }
    for (let r = 0; r < m; r++) {
      const factor = a[r * m + c]!
      if (r === c || factor === 0) continue
      for (let k = c; k < m; k++) a[r * m + k]! -= factor * a[c * m + k]!
      for (let k = 0; k < m; k++) inverse[r * m + k]! -= factor * inverse[c * m + k]!
    }
  }
  return true
}

/** Prices and reduced costs from the basis; columns on the wrong side rest at their other end, so the basis is dual feasible. */
function reduce(s: Simplex): void {
  const { space, n, m, cost, key, price, inverse, rowP, rowC, coef, reduced, isBasic, isHigh } = s
  price.fill(0)
  for (let i = 0; i < m; i++) {
    const v = s.work[i]!
    const c = v < n ? cost[v]! - cost[key[space.groupOf[v]!]!]! : cost[v]!
    if (c === 0) continue
    for (let r = 0; r < m; r++) price[r]! += c * inverse[i * m + r]!
  }
  const rest = (v: number, value: number): void => {
    reduced[v] = isBasic[v] === 1 ? 0 : value
    if (isBasic[v] === 0) isHigh[v] = s.high[v]! < Infinity && value < (isHigh[v] === 1 ? -NEGATIVE : NEGATIVE) ? 1 : 0
  }
  for (let g = 0; g < space.groupCount; g++) {
    const k = key[g]!
    const base = cost[k]! - price[rowP[k]!]! * coef[k]! - price[rowC[k]!]!
    for (let v = space.first[g]!; v < space.first[g + 1]!; v++) {
      rest(v, cost[v]! - price[rowP[v]!]! * coef[v]! - price[rowC[v]!]! - base)
    }
  }
  for (let r = 0; r < m; r++) {
    rest(n + 2 * r, cost[n + 2 * r]! + price[r]!)
    rest(n + 2 * r + 1, -price[r]!)
  }
}

/** All values from the basis. */
function evaluate(s: Simplex): void {
  const { space, n, m, all, low, high, value, isBasic, isHigh, key, inverse } = s
  const left = Float64Array.from(s.rhs)
  for (let v = n; v < all; v++) {
    if (isBasic[v] === 1) continue
    value[v] = isHigh[v] === 1 ? high[v]! : low[v]!
    if (value[v] !== 0) addColumn(s, left, v, -value[v]!)
  }
  for (let g = 0; g < space.groupCount; g++) {
    let weight = space.weight[g]!
    for (let v = space.first[g]!; v < space.first[g + 1]!; v++) {
      value[v] = isBasic[v] === 1 ? 0 : isHigh[v] === 1 ? high[v]! : low[v]!
      if (value[v] === 0) continue
      weight -= value[v]!
      addOption(s, left, v, -value[v]!)
    }
    value[key[g]!] = weight
    addOption(s, left, key[g]!, -weight)
  }
  for (let i = 0; i < m; i++) {
    let sum = 0
    for (let r = 0; r < m; r++) sum += inverse[i * m + r]! * left[r]!
    value[s.work[i]!] = 0
    changeBasic(s, i, sum)
  }
}

/** Changes the value of the basic column of a row, and of the key of its group. */
export function changeBasic(s: Simplex, i: number, by: number): void {
  const v = s.work[i]!
  s.value[v]! += by
  if (v < s.n) s.value[s.key[s.space.groupOf[v]!]!]! -= by
}

/** Makes the basic option of a row the key of its group, and the key basic in its place. */
export function swapKey(s: Simplex, i: number): void {
  const { space, n, m, work, inverse } = s
  const v = work[i]!
  const g = space.groupOf[v]!
  for (let r = 0; r < m; r++) inverse[i * m + r] = -inverse[i * m + r]!
  for (let k = 0; k < m; k++) {
    if (k === i || work[k]! >= n || space.groupOf[work[k]!] !== g) continue
    for (let r = 0; r < m; r++) inverse[i * m + r]! -= inverse[k * m + r]!
  }
  work[i] = s.key[g]!
  s.key[g] = v
}

/** Gives groups whose key is out of bounds, and that have no basic option to make up for it, another key. */
export function mendKeys(s: Simplex): boolean {
  const { space, low, high, value, reduced, isBasic, isHigh, key } = s
  let isMended = false
  for (let g = 0; g < space.groupCount; g++) {
    const [begin, end] = [space.first[g]!, space.first[g + 1]!]
    for (let round = begin; round < end && s.busy[g] === 0; round++) {
      const k = key[g]!
      const isAbove = value[k]! > high[k]! + FEASIBLE
      if (!isAbove && !(value[k]! < low[k]! - FEASIBLE)) break
      let best = -1
      for (let v = begin; v < end; v++) {
        if (v === k || low[v] === high[v] || (isHigh[v] === 1) === isAbove) continue
        if (best < 0 || Math.abs(reduced[v]!) < Math.abs(reduced[best]!)) best = v
      }
      if (best < 0) break
      const moved = value[k]! - (isAbove ? high[k]! : low[k]!)
      value[k]! -= moved
      value[best]! += moved
      isHigh[k] = isAbove ? 1 : 0
      isHigh[best] = isBasic[k] = 0
      isBasic[best] = 1
      key[g] = best
      const by = reduced[best]!
      for (let v = begin; v < end; v++) reduced[v]! -= by
      isMended = true
    }
  }
  return isMended
}
