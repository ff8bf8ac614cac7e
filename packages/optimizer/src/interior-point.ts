import { factorize, solveFactorized } from "./cholesky.ts"
import type { LinkedOptimum, LinkedProgram } from "./linked-program.ts"

const MOST_ITERATIONS = 80
const BACK_OFF = 0.9995

/** How far to go. */
export interface InteriorPointOptions {
  /** Relative difference of primal and dual value to stop at. @default 1e-10 */
  readonly tolerance?: number
  /** Size of the products of variables and their prices to start from: small if the starting prices are good. @default 0.1 */
  readonly startMu?: number
  /** Asked before each iteration; true ends with what there is. */
  readonly isCut?: () => boolean
}

/**
 * Solves the relaxation with Mehrotra's predictor-corrector method.
 *
 * Items are eliminated, so each iteration costs one pass over the variables and one dense factorization as wide as there are
 * rows. An interior method needs no pivoting rule: ties and identical SIMs, which make simplex masters cycle, are harmless.
 * Only `+ - * /` and square roots are used, so every runtime computes the same digits.
 */
export function solveLinkedProgram(program: LinkedProgram, options: InteriorPointOptions = {}): LinkedOptimum {
  const tolerance = options.tolerance ?? 1e-10
  const { itemCount, first, rows } = program
  const variables = first[itemCount]!
  const rowCount = rows.length
  const scale = scalesOf(program)
  const total = variables + scale.slackCount
  const s = newState(total, itemCount, rowCount)
  const { x, z, upper, gap, w, cost, dx, dz, target, itemResidual, rowResidual, itemPrice, rowPrice, dualResidual } = s
  const { coefficient, slackRow, slackSign, hasLimits } = scale
  const { poolRow, maxRow, minRow } = program
  cost.set(scale.cost)
  upper.set(scale.upper)
  start(program, scale, s, options.startMu ?? START_MU)
  const isCapped = upper.some((value) => value !== Infinity)

  let iterations = 0
  let value = -Infinity
  let isConverged = false
  let stalled = 0
  let lastStep = 1
  for (; iterations < MOST_ITERATIONS; iterations++) {
    // Residuals.
    rowResidual.set(scale.rhs)
    let primal = 0
    let dual = 0
    let complementarity = 0
    let pairs = total
    let dualError = 0
    for (let b = 0; b < itemCount; b++) {
      dual += scale.weight[b]! * itemPrice[b]!
      let left = scale.weight[b]!
      const end = first[b + 1]!
      for (let v = first[b]!; v < end; v++) {
        const amount = x[v]!
        left -= amount
        const p = poolRow[v]!
        const q = hasLimits ? maxRow[v]! : -1
        const m = hasLimits ? minRow[v]! : -1
        let priced = itemPrice[b]!
        if (p >= 0) {
          rowResidual[p]! += coefficient[v]! * amount
          priced -= coefficient[v]! * rowPrice[p]!
        }
        if (q >= 0) {
          rowResidual[q]! += amount
          priced -= rowPrice[q]!
        }
        if (m >= 0) {
          rowResidual[m]! -= amount
          priced += rowPrice[m]!
        }
        dualResidual[v] = cost[v]! - priced - z[v]! + w[v]!
      }
      itemResidual[b] = left
    }
    for (let k = 0; k < scale.slackCount; k++) {
      const v = variables + k
      const r = slackRow[k]!
      rowResidual[r]! -= slackSign[k]! * x[v]!
      dualResidual[v] = cost[v]! - slackSign[k]! * rowPrice[r]! - z[v]! + w[v]!
    }
    for (let r = 0; r < rowCount; r++) dual += scale.rhs[r]! * rowPrice[r]!
    for (let v = 0; v < total; v++) {
      primal += cost[v]! * x[v]!
      complementarity += x[v]! * z[v]!
      const error = Math.abs(dualResidual[v]!)
      if (error > dualError) dualError = error
      if (isCapped && upper[v]! !== Infinity) {
        s.capResidual[v] = upper[v]! - x[v]! - gap[v]!
        complementarity += gap[v]! * w[v]!
        dual -= upper[v]! * w[v]!
        pairs++
      }
    }
    let primalError = 0
    for (let b = 0; b < itemCount; b++) primalError = Math.max(primalError, Math.abs(itemResidual[b]!))
    for (let r = 0; r < rowCount; r++) {
      primalError = Math.max(primalError, Math.abs(rowResidual[r]!) / scale.rowSize[r]!)
    }
    value = dual * scale.money * scale.sims
    const mu = complementarity / pairs
    if (
      Math.abs(primal - dual) <= tolerance * (1 + Math.abs(primal)) &&
      primalError < Math.max(1e-7, 0.01 * tolerance) &&
      dualError < 1e-7
    ) {
      isConverged = true
      break
    }
    if (stalled >= 3 || !Number.isFinite(mu) || options.isCut?.()) break

    // Predictor: the affine step says how much centering the corrector needs.
    weigh(program, s, total, isCapped)
    const factor = schur(program, scale, s)
    for (let v = 0; v < total; v++) {
      target[v] = -x[v]! * z[v]!
      if (isCapped && upper[v]! !== Infinity) s.capTarget[v] = -gap[v]! * w[v]!
    }
    direction(program, scale, s, factor, isCapped)
    const affinePrimal = longest(x, dx, total, isCapped ? gap : null, s.dGap, upper)
    const affineDual = longest(z, dz, total, isCapped ? w : null, s.dw, upper)
    let affine = 0
    for (let v = 0; v < total; v++) {
      affine += (x[v]! + affinePrimal * dx[v]!) * (z[v]! + affineDual * dz[v]!)
      if (isCapped && upper[v]! !== Infinity) {
        affine += (gap[v]! + affinePrimal * s.dGap[v]!) * (w[v]! + affineDual * s.dw[v]!)
      }
    }
    const ratio = affine / complementarity
    const trust = Math.min(affinePrimal, affineDual, 1)
    const centre =
      Math.max(ratio * ratio * ratio, lastStep < 0.05 ? 0.9 : lastStep < 0.3 ? 0.3 : lastStep < 0.7 ? 0.05 : 0) * mu
    for (let v = 0; v < total; v++) {
      target[v] = centre - x[v]! * z[v]! - trust * dx[v]! * dz[v]!
      if (isCapped && upper[v]! !== Infinity) s.capTarget[v] = centre - gap[v]! * w[v]! - trust * s.dGap[v]! * s.dw[v]!
    }
    direction(program, scale, s, factor, isCapped)
    const primalReach = longest(x, dx, total, isCapped ? gap : null, s.dGap, upper)
    const dualReach = longest(z, dz, total, isCapped ? w : null, s.dw, upper)
    const primalStep = Math.min(1, BACK_OFF * primalReach)
    const dualStep = Math.min(1, BACK_OFF * dualReach)
    lastStep = Math.min(primalStep, dualStep)
    for (let v = 0; v < total; v++) {
      x[v]! += primalStep * dx[v]!
      z[v]! += dualStep * dz[v]!
      if (isCapped && upper[v]! !== Infinity) {
        gap[v]! += primalStep * s.dGap[v]!
        w[v]! += dualStep * s.dw[v]!
      }
    }
    for (let b = 0; b < itemCount; b++) itemPrice[b]! += dualStep * s.dItem[b]!
    for (let r = 0; r < rowCount; r++) rowPrice[r]! += dualStep * s.dRow[r]!
    stalled = primalStep < 1e-4 && dualStep < 1e-4 ? stalled + 1 : 0
  }
  return {
    ...unscaled(program, scale, s),
    value,
    iterations,
    isConverged,
    steps: iterations * (40 * total + rowCount * rowCount * rowCount + 4 * itemCount * Math.min(rowCount, 4) ** 2),
  }
}

interface Scales {
  readonly money: number
  readonly sims: number
  readonly weight: Float64Array
  readonly cost: Float64Array
  readonly upper: Float64Array
  readonly coefficient: Float64Array
  readonly rhs: Float64Array
  readonly rowSize: Float64Array
  /** Whether any variable is in a `max` or `min` row. */
  readonly hasLimits: boolean
  readonly slackCount: number
  readonly slackRow: Int32Array
  readonly slackSign: Float64Array
}

/** Brings money, volumes and SIMs to the size of one, so that one tolerance serves all. */
function scalesOf(program: LinkedProgram): Scales {
  const { itemCount, first, rows, poolRow } = program
  const variables = first[itemCount]!
  let weights = 0
  let money = 0
  for (let b = 0; b < itemCount; b++) {
    weights += program.weight[b]!
    let least = Infinity
    let most = 0
    for (let v = first[b]!; v < first[b + 1]!; v++) {
      const row = poolRow[v]! >= 0 ? rows[poolRow[v]!]! : null
      const price = row !== null && row.kind === "pool" ? row.price : 0
      least = Math.min(least, program.cost[v]!)
      most = Math.max(most, Math.min(price * Math.abs(program.net[v]!), program.cost[v]! + 1))
    }
    if (least < Infinity) money += program.weight[b]! * (least + most)
  }
  money = Math.max(1, money / Math.max(1, weights))
  const sims = Math.max(1e-9, weights / Math.max(1, itemCount))
  const cost = new Float64Array(variables + 3 * rows.length)
  const upper = new Float64Array(variables + 3 * rows.length).fill(Infinity)
  const coefficient = new Float64Array(variables)
  const rhs = new Float64Array(rows.length)
  const rowSize = new Float64Array(rows.length).fill(1)
  const slackRow: number[] = []
  const slackSign: number[] = []
  rows.forEach((row, r) => {
    const unit = row.kind === "pool" ? row.price : money
    const fixed = row.kind === "pool" ? (row.fixed * row.price) / money : row.kind === "max" ? -row.count : row.count
    rhs[r] = fixed / sims
    if (row.kind === "pool" && row.cap !== undefined && row.cap > 0) {
      cost[variables + slackRow.length] = 1
      upper[variables + slackRow.length] = (row.cap * row.price) / money / sims
      slackRow.push(r)
      slackSign.push(1)
    }
    for (const [sign, limit] of [
      [1, row.high],
      [-1, row.low],
    ] as const) {
      if (limit === Infinity) continue
      cost[variables + slackRow.length] = (sign * limit) / unit
      slackRow.push(r)
      slackSign.push(sign)
    }
  })
  for (let v = 0; v < variables; v++) {
    cost[v] = program.cost[v]! / money
    if (program.upper !== null) upper[v] = program.upper[v]! / sims
    const row = poolRow[v]! >= 0 ? rows[poolRow[v]!]! : null
    if (row === null || row.kind !== "pool") continue
    coefficient[v] = (program.net[v]! * row.price) / money
  }
  for (let b = 0; b < itemCount; b++) {
    for (let v = first[b]!; v < first[b + 1]!; v++) {
      if (poolRow[v]! >= 0) rowSize[poolRow[v]!]! += (Math.abs(coefficient[v]!) * program.weight[b]!) / sims / itemCount
    }
  }
  const slackCount = slackRow.length
  return {
    money,
    sims,
    weight: program.weight.map((value) => value / sims),
    cost: cost.subarray(0, variables + slackCount),
    upper: upper.subarray(0, variables + slackCount),
    coefficient,
    rhs,
    rowSize,
    hasLimits: rows.some((row) => row.kind !== "pool"),
    slackCount,
    slackRow: Int32Array.from(slackRow),
    slackSign: Float64Array.from(slackSign),
  }
}

type State = ReturnType<typeof newState>

function newState(total: number, items: number, rows: number) {
  const zeros = (length: number): Float64Array => new Float64Array(length)
  return {
    x: zeros(total),
    z: zeros(total),
    gap: zeros(total),
    w: zeros(total),
    cost: zeros(total),
    upper: zeros(total),
    theta: zeros(total),
    inverseX: zeros(total),
    seen: zeros(total),
    dualResidual: zeros(total),
    capResidual: zeros(total),
    target: zeros(total),
    capTarget: zeros(total),
    pull: zeros(total),
    dx: zeros(total),
    dz: zeros(total),
    dGap: zeros(total),
    dw: zeros(total),
    itemPrice: zeros(items),
    itemResidual: zeros(items),
    itemTheta: zeros(items),
    itemSide: zeros(items),
    dItem: zeros(items),
    rowPrice: zeros(rows),
    rowResidual: zeros(rows),
    dRow: zeros(rows),
    matrix: zeros(rows * rows),
    mixed: zeros(rows),
    leading: zeros(rows),
    mine: zeros(rows),
    led: zeros(rows),
    rest: zeros(rows),
    lead: new Int32Array(items),
    touched: new Int32Array(rows),
    mark: new Int32Array(rows),
  }
}

// Every product x z starts at this size: on the central path, though not yet in balance.
const START_MU = 0.1

function start(program: LinkedProgram, scale: Scales, s: State, mu: number): void {
  const { itemCount, first, rows } = program
  const variables = first[itemCount]!
  rows.forEach((row, r) => {
    const unit = row.kind === "pool" ? row.price : scale.money
    const low = row.low / unit
    const high = Math.min(row.high / unit, low + 1)
    const inset = 0.01 * (high - low)
    s.rowPrice[r] = Math.min(high - inset, Math.max(low + inset, row.start / unit))
  })
  for (let b = 0; b < itemCount; b++) {
    let least = Infinity
    for (let v = first[b]!; v < first[b + 1]!; v++) {
      let reduced = s.cost[v]!
      const p = program.poolRow[v]!
      if (p >= 0) reduced += scale.coefficient[v]! * s.rowPrice[p]!
      if (program.maxRow[v]! >= 0) reduced += s.rowPrice[program.maxRow[v]!]!
      if (program.minRow[v]! >= 0) reduced -= s.rowPrice[program.minRow[v]!]!
      s.z[v] = reduced
      if (reduced < least) least = reduced
    }
    // The item's price at which `mu / z` adds up to its weight: Newton from the left, where the sum is too small.
    const weight = scale.weight[b]!
    let margin = ((first[b + 1]! - first[b]!) * mu) / weight
    for (let k = 0; k < 12; k++) {
      let sum = 0
      let slope = 0
      for (let v = first[b]!; v < first[b + 1]!; v++) {
        const part = mu / (s.z[v]! - least + margin)
        sum += part
        slope += (part * part) / mu
      }
      const step = (weight - sum) / slope
      if (!(step > 1e-6 * margin)) break
      margin = Math.max(margin - step, mu / weight)
    }
    s.itemPrice[b] = least - margin
    for (let v = first[b]!; v < first[b + 1]!; v++) {
      s.z[v] = s.z[v]! - least + margin
      s.x[v] = mu / s.z[v]!
      if (s.upper[v]! === Infinity) continue
      s.x[v] = Math.min(s.x[v]!, 0.5 * s.upper[v]!)
      s.gap[v] = s.upper[v]! - s.x[v]!
      s.w[v] = mu / s.gap[v]!
      s.z[v]! += s.w[v]!
    }
  }
  for (let k = 0; k < scale.slackCount; k++) {
    const v = variables + k
    s.z[v] = s.cost[v]! - scale.slackSign[k]! * s.rowPrice[scale.slackRow[k]!]!
    if (s.upper[v]! === Infinity) {
      s.x[v] = mu / s.z[v]!
      continue
    }
    // Its price may be on either side of zero: the gap to the cap takes up what is missing.
    s.x[v] = s.gap[v] = 0.5 * s.upper[v]!
    s.w[v] = Math.max(mu / s.gap[v]!, 0.1 - s.z[v]!)
    s.z[v]! += s.w[v]!
  }
}

function weigh(program: LinkedProgram, s: State, total: number, isCapped: boolean): void {
  const { theta, lead, itemTheta, x, z, upper, inverseX } = s
  const { first, itemCount } = program
  for (let v = 0; v < total; v++) {
    const inverse = 1 / x[v]!
    inverseX[v] = inverse
    theta[v] = isCapped && upper[v]! !== Infinity ? 1 / (z[v]! * inverse + s.w[v]! / s.gap[v]!) : x[v]! / z[v]!
  }
  for (let b = 0; b < itemCount; b++) {
    let largest = first[b]!
    let sum = 0
    const end = first[b + 1]!
    for (let v = largest; v < end; v++) {
      sum += theta[v]!
      if (theta[v]! > theta[largest]!) largest = v
    }
    lead[b] = largest
    itemTheta[b] = sum
  }
}

/**
 * Factorizes the matrix that is left when all items are eliminated.
 *
 * An item adds `sum t (a - a0)(a - a0)' - (its mean)`, with `a0` the column of its leading variable. Written without
 * `a0` the leading terms, which grow without limit, would cancel and take all digits with them.
 */
function schur(program: LinkedProgram, scale: Scales, s: State): Float64Array {
  const { itemCount, first, poolRow, maxRow, minRow, rows } = program
  const n = rows.length
  const { matrix, mixed, touched, mark, theta, leading, lead, itemTheta, mine, led, rest } = s
  const { coefficient } = scale
  const { hasLimits } = scale
  matrix.fill(0)
  mark.fill(0)
  for (let b = 0; b < itemCount; b++) {
    if (first[b + 1]! - first[b]! < 2) continue
    const d = lead[b]!
    const sum = itemTheta[b]!
    const end = first[b + 1]!
    let others = 0
    let count = 0
    for (let v = first[b]!; v < end; v++) {
      const t = v === d ? 0 : theta[v]!
      others += t
      const p = poolRow[v]!
      const q = hasLimits ? maxRow[v]! : -1
      const m = hasLimits ? minRow[v]! : -1
      const a = -coefficient[v]!
      if (p >= 0) {
        if (mark[p] !== b + 1) {
          mark[p] = b + 1
          touched[count++] = p
        }
        mixed[p]! += t * a
        if (v === d) leading[p] = a
        matrix[p * n + p]! += t * a * a
        if (q >= 0) matrix[q * n + p]! -= t * a
        if (m >= 0) matrix[m * n + p]! += t * a
      }
      if (q >= 0) {
        if (mark[q] !== b + 1) {
          mark[q] = b + 1
          touched[count++] = q
        }
        mixed[q]! -= t
        if (v === d) leading[q] = -1
        matrix[q * n + q]! += t
        if (m >= 0) matrix[m * n + q]! -= t
      }
      if (m >= 0) {
        if (mark[m] !== b + 1) {
          mark[m] = b + 1
          touched[count++] = m
        }
        mixed[m]! += t
        if (v === d) leading[m] = 1
        matrix[m * n + m]! += t
      }
    }
    // Rows in ascending order, so that only the lower triangle is written.
    for (let i = 1; i < count; i++) {
      const row = touched[i]!
      let at = i
      for (; at > 0 && touched[at - 1]! > row; at--) touched[at] = touched[at - 1]!
      touched[at] = row
    }
    for (let i = 0; i < count; i++) {
      const row = touched[i]!
      mine[i] = mixed[row]!
      led[i] = leading[row]!
      rest[i] = mine[i]! - others * led[i]!
      mixed[row] = leading[row] = 0
    }
    for (let i = 0; i < count; i++) {
      const at = touched[i]! * n
      const pull = led[i]! + rest[i]! / sum
      const own = mine[i]!
      for (let j = 0; j <= i; j++) matrix[at + touched[j]!]! -= pull * rest[j]! + own * led[j]!
    }
  }
  const variables = first[itemCount]!
  for (let k = 0; k < scale.slackCount; k++) {
    const r = scale.slackRow[k]!
    matrix[r * n + r]! += theta[variables + k]!
  }
  factorize(matrix, n)
  return matrix
}

/** Newton step for the current targets. */
function direction(program: LinkedProgram, scale: Scales, s: State, factor: Float64Array, isCapped: boolean): void {
  const { itemCount, first, poolRow, maxRow, minRow, rows } = program
  const { coefficient, hasLimits, slackCount, slackRow, slackSign } = scale
  const { theta, pull, upper, lead, inverseX, dualResidual, target, itemResidual, itemTheta, itemSide } = s
  const { dRow, dx, dz, z, dItem, seen } = s
  const variables = first[itemCount]!
  const total = variables + slackCount
  for (let v = 0; v < total; v++) pull[v] = dualResidual[v]! - target[v]! * inverseX[v]!
  if (isCapped) {
    for (let v = 0; v < total; v++) {
      if (upper[v]! !== Infinity) pull[v]! += (s.capTarget[v]! - s.w[v]! * s.capResidual[v]!) / s.gap[v]!
    }
  }
  dRow.set(s.rowResidual)
  for (let b = 0; b < itemCount; b++) {
    // Measured from the leading variable, for the same reason as in the matrix.
    const begin = first[b]!
    const end = first[b + 1]!
    const origin = pull[lead[b]!]!
    let side = itemResidual[b]!
    for (let v = begin; v < end; v++) side += theta[v]! * (pull[v]! - origin)
    itemSide[b] = side
    const level = origin + side / itemTheta[b]!
    for (let v = begin; v < end; v++) {
      const flow = theta[v]! * (pull[v]! - level)
      const p = poolRow[v]!
      if (p >= 0) dRow[p]! -= coefficient[v]! * flow
      if (!hasLimits) continue
      if (maxRow[v]! >= 0) dRow[maxRow[v]!]! -= flow
      if (minRow[v]! >= 0) dRow[minRow[v]!]! += flow
    }
  }
  for (let k = 0; k < slackCount; k++) {
    const v = variables + k
    dRow[slackRow[k]!]! += slackSign[k]! * theta[v]! * pull[v]!
  }
  solveFactorized(factor, rows.length, dRow)
  for (let v = 0; v < variables; v++) {
    const p = poolRow[v]!
    seen[v] = p >= 0 ? -coefficient[v]! * dRow[p]! : 0
  }
  if (hasLimits) {
    for (let v = 0; v < variables; v++) {
      if (maxRow[v]! >= 0) seen[v]! -= dRow[maxRow[v]!]!
      if (minRow[v]! >= 0) seen[v]! += dRow[minRow[v]!]!
    }
  }
  for (let b = 0; b < itemCount; b++) {
    const begin = first[b]!
    const end = first[b + 1]!
    const origin = seen[lead[b]!]!
    const pulled = pull[lead[b]!]!
    let side = itemSide[b]!
    for (let v = begin; v < end; v++) side -= theta[v]! * (seen[v]! - origin)
    const price = side / itemTheta[b]!
    dItem[b] = price - origin + pulled
    for (let v = begin; v < end; v++) {
      const step = theta[v]! * (seen[v]! - origin + price - (pull[v]! - pulled))
      dx[v] = step
      dz[v] = (target[v]! - z[v]! * step) * inverseX[v]!
    }
  }
  for (let k = 0; k < slackCount; k++) {
    const v = variables + k
    const step = theta[v]! * (slackSign[k]! * dRow[slackRow[k]!]! - pull[v]!)
    dx[v] = step
    dz[v] = (target[v]! - z[v]! * step) * inverseX[v]!
  }
  if (!isCapped) return
  for (let v = 0; v < total; v++) {
    if (upper[v]! === Infinity) continue
    s.dGap[v] = s.capResidual[v]! - dx[v]!
    s.dw[v] = (s.capTarget[v]! - s.w[v]! * s.dGap[v]!) / s.gap[v]!
  }
}

function longest(
  x: Float64Array,
  dx: Float64Array,
  total: number,
  gap: Float64Array | null,
  dGap: Float64Array,
  upper: Float64Array,
): number {
  let step = 1 / BACK_OFF
  for (let v = 0; v < total; v++) {
    if (x[v]! + step * dx[v]! < 0) step = -x[v]! / dx[v]!
    if (gap !== null && upper[v]! !== Infinity && dGap[v]! < 0 && -gap[v]! / dGap[v]! < step) step = -gap[v]! / dGap[v]!
  }
  return step
}

function unscaled(program: LinkedProgram, scale: Scales, s: State): Pick<LinkedOptimum, "multiplier" | "amount"> {
  const multiplier = new Float64Array(program.rows.length)
  program.rows.forEach((row, r) => {
    const value = s.rowPrice[r]!
    const unit = row.kind === "pool" ? row.price : scale.money
    multiplier[r] = Math.min(Math.max(value * unit, row.low), row.high)
  })
  const amount = s.x.slice(0, program.first[program.itemCount]!)
  for (let b = 0; b < program.itemCount; b++) {
    let sum = 0
    for (let v = program.first[b]!; v < program.first[b + 1]!; v++) sum += amount[v]!
    const factor = sum > 0 ? program.weight[b]! / sum : 0
    for (let v = program.first[b]!; v < program.first[b + 1]!; v++) amount[v]! *= factor
  }
  return { multiplier, amount }
}
