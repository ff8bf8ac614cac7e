import { factorize, solveFactorized } from "./cholesky.ts"
import type { LinkedOptimum, LinkedProgram } from "./linked-program.ts"

const MOST_ITERATIONS = 80
const BACK_OFF = 0.9995
// Products may fall to this share of their mean; smaller ones block later steps.
const NEIGHBOURHOOD = 1e-3
const MOST_CORRECTIONS = 2

/** How far to go. */
export interface InteriorPointOptions {
  /** Relative difference of primal and dual value to stop at. @default 1e-10 */
  readonly tolerance?: number
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
  const { x, z, upper, gap, w, cost } = s
  const { coefficient, slackRow, slackSign } = scale
  cost.set(scale.cost)
  upper.set(scale.upper)
  start(program, scale, s)
  const isCapped = upper.some((value) => value !== Infinity)

  let iterations = 0
  let isConverged = false
  let stalled = 0
  let lastStep = 1
  for (; iterations < MOST_ITERATIONS; iterations++) {
    // Residuals.
    s.itemResidual.set(scale.weight)
    s.rowResidual.set(scale.rhs)
    let primal = 0
    let dual = 0
    let complementarity = 0
    let pairs = total
    let dualError = 0
    for (let b = 0; b < itemCount; b++) {
      dual += scale.weight[b]! * s.itemPrice[b]!
      for (let v = first[b]!; v < first[b + 1]!; v++) {
        const amount = x[v]!
        s.itemResidual[b]! -= amount
        const p = program.poolRow[v]!
        const q = program.maxRow[v]!
        const m = program.minRow[v]!
        let value = s.itemPrice[b]!
        if (p >= 0) {
          s.rowResidual[p]! += coefficient[v]! * amount
          value -= coefficient[v]! * s.rowPrice[p]!
        }
        if (q >= 0) {
          s.rowResidual[q]! += amount
          value -= s.rowPrice[q]!
        }
        if (m >= 0) {
          s.rowResidual[m]! -= amount
          value += s.rowPrice[m]!
        }
        s.dualResidual[v] = cost[v]! - value - z[v]! + w[v]!
      }
    }
    for (let k = 0; k < scale.slackCount; k++) {
      const v = variables + k
      const r = slackRow[k]!
      s.rowResidual[r]! -= slackSign[k]! * x[v]!
      s.dualResidual[v] = cost[v]! - slackSign[k]! * s.rowPrice[r]! - z[v]! + w[v]!
    }
    for (let r = 0; r < rowCount; r++) dual += scale.rhs[r]! * s.rowPrice[r]!
    for (let v = 0; v < total; v++) {
      primal += cost[v]! * x[v]!
      complementarity += x[v]! * z[v]!
      const error = Math.abs(s.dualResidual[v]!)
      if (error > dualError) dualError = error
      if (isCapped && upper[v]! !== Infinity) {
        s.capResidual[v] = upper[v]! - x[v]! - gap[v]!
        complementarity += gap[v]! * w[v]!
        dual -= upper[v]! * w[v]!
        pairs++
      }
    }
    let primalError = 0
    for (let b = 0; b < itemCount; b++) primalError = Math.max(primalError, Math.abs(s.itemResidual[b]!))
    for (let r = 0; r < rowCount; r++) {
      primalError = Math.max(primalError, Math.abs(s.rowResidual[r]!) / scale.rowSize[r]!)
    }
    const mu = complementarity / pairs
    if (Math.abs(primal - dual) <= tolerance * (1 + Math.abs(primal)) && primalError < 1e-7 && dualError < 1e-7) {
      isConverged = true
      break
    }
    if (stalled >= 3 || !Number.isFinite(mu)) break

    // Predictor: the affine step says how much centering the corrector needs.
    weigh(program, s, total, isCapped)
    const factor = schur(program, scale, s)
    for (let v = 0; v < total; v++) {
      s.target[v] = -x[v]! * z[v]!
      if (isCapped && upper[v]! !== Infinity) s.capTarget[v] = -gap[v]! * w[v]!
    }
    direction(program, scale, s, factor, isCapped)
    const affinePrimal = longest(x, s.dx, total, isCapped ? gap : null, s.dGap, upper)
    const affineDual = longest(z, s.dz, total, isCapped ? w : null, s.dw, upper)
    let affine = 0
    for (let v = 0; v < total; v++) {
      affine += (x[v]! + affinePrimal * s.dx[v]!) * (z[v]! + affineDual * s.dz[v]!)
      if (isCapped && upper[v]! !== Infinity) {
        affine += (gap[v]! + affinePrimal * s.dGap[v]!) * (w[v]! + affineDual * s.dw[v]!)
      }
    }
    const ratio = affine / complementarity
    const trust = Math.min(affinePrimal, affineDual, 1) ** 2
    const centre =
      Math.max(ratio * ratio * ratio, lastStep < 0.05 ? 0.9 : lastStep < 0.3 ? 0.3 : lastStep < 0.7 ? 0.05 : 0) * mu
    for (let v = 0; v < total; v++) {
      s.target[v] = aim(x[v]! * z[v]!, centre, mu) - x[v]! * z[v]! - trust * s.dx[v]! * s.dz[v]!
      if (isCapped && upper[v]! !== Infinity)
        s.capTarget[v] = aim(gap[v]! * w[v]!, centre, mu) - gap[v]! * w[v]! - trust * s.dGap[v]! * s.dw[v]!
    }
    direction(program, scale, s, factor, isCapped)
    let primalReach = longest(x, s.dx, total, isCapped ? gap : null, s.dGap, upper)
    let dualReach = longest(z, s.dz, total, isCapped ? w : null, s.dw, upper)
    for (let k = 0; k < MOST_CORRECTIONS && Math.min(primalReach, dualReach) < 0.95; k++) {
      recentre(s, total, isCapped, Math.min(1, primalReach + 0.1), Math.min(1, dualReach + 0.1), centre)
      direction(program, scale, s, factor, isCapped)
      const primalNext = longest(x, s.dx, total, isCapped ? gap : null, s.dGap, upper)
      const dualNext = longest(z, s.dz, total, isCapped ? w : null, s.dw, upper)
      const isBetter = primalNext + dualNext > 1.02 * (primalReach + dualReach)
      primalReach = primalNext
      dualReach = dualNext
      if (!isBetter) break
    }
    let primalStep = Math.min(1, BACK_OFF * primalReach)
    let dualStep = Math.min(1, BACK_OFF * dualReach)
    for (let k = 0; k < 12 && !isNear(s, total, isCapped, primalStep, dualStep); k++) {
      primalStep *= 0.85
      dualStep *= 0.85
    }
    lastStep = Math.min(primalStep, dualStep)
    for (let v = 0; v < total; v++) {
      x[v]! += primalStep * s.dx[v]!
      z[v]! += dualStep * s.dz[v]!
      if (isCapped && upper[v]! !== Infinity) {
        gap[v]! += primalStep * s.dGap[v]!
        w[v]! += dualStep * s.dw[v]!
      }
    }
    for (let b = 0; b < itemCount; b++) s.itemPrice[b]! += dualStep * s.dItem[b]!
    for (let r = 0; r < rowCount; r++) s.rowPrice[r]! += dualStep * s.dRow[r]!
    stalled = primalStep < 1e-4 && dualStep < 1e-4 ? stalled + 1 : 0
  }
  return {
    ...unscaled(program, scale, s),
    iterations,
    isConverged,
    steps: iterations * (40 * total + rowCount * rowCount * rowCount + 4 * itemCount * Math.min(rowCount, 4) ** 2),
  }
}

// A product far off the path is brought back by a factor at a time: in one step it would bend all the others.
function aim(product: number, centre: number, mu: number): number {
  if (product > 10 * mu) return Math.max(centre, 0.1 * product)
  if (product < 0.1 * mu) return Math.min(Math.max(centre, product), 10 * product)
  return centre
}

/** Whether a step keeps all products within a wide neighbourhood of the central path. */
function isNear(s: State, total: number, isCapped: boolean, primalStep: number, dualStep: number): boolean {
  let least = Infinity
  let sum = 0
  let pairs = total
  for (let v = 0; v < total; v++) {
    const product = (s.x[v]! + primalStep * s.dx[v]!) * (s.z[v]! + dualStep * s.dz[v]!)
    sum += product
    if (product < least) least = product
    if (!isCapped || s.upper[v]! === Infinity) continue
    const other = (s.gap[v]! + primalStep * s.dGap[v]!) * (s.w[v]! + dualStep * s.dw[v]!)
    sum += other
    pairs++
    if (other < least) least = other
  }
  return least >= (NEIGHBOURHOOD * sum) / pairs
}

/** Aims the products that a step would throw off the path back into its neighbourhood (Gondzio's correctors). */
function recentre(
  s: State,
  total: number,
  isCapped: boolean,
  primalStep: number,
  dualStep: number,
  centre: number,
): void {
  const low = 0.1 * centre
  const high = 10 * centre
  for (let v = 0; v < total; v++) {
    const product = (s.x[v]! + primalStep * s.dx[v]!) * (s.z[v]! + dualStep * s.dz[v]!)
    s.target[v]! += product < low ? low - product : product > high ? Math.max(high - product, -high) : 0
    if (!isCapped || s.upper[v]! === Infinity) continue
    const other = (s.gap[v]! + primalStep * s.dGap[v]!) * (s.w[v]! + dualStep * s.dw[v]!)
    s.capTarget[v]! += other < low ? low - other : other > high ? Math.max(high - other, -high) : 0
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
    lead: new Int32Array(items),
    touched: new Int32Array(rows),
    mark: new Int32Array(rows),
  }
}

// Every product x z starts at this size: on the central path, though not yet in balance.
const START_MU = 0.1

function start(program: LinkedProgram, scale: Scales, s: State): void {
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
    let margin = ((first[b + 1]! - first[b]!) * START_MU) / weight
    for (let k = 0; k < 12; k++) {
      let sum = 0
      let slope = 0
      for (let v = first[b]!; v < first[b + 1]!; v++) {
        const part = START_MU / (s.z[v]! - least + margin)
        sum += part
        slope += (part * part) / START_MU
      }
      const step = (weight - sum) / slope
      if (!(step > 1e-6 * margin)) break
      margin = Math.max(margin - step, START_MU / weight)
    }
    s.itemPrice[b] = least - margin
    for (let v = first[b]!; v < first[b + 1]!; v++) {
      s.z[v] = s.z[v]! - least + margin
      s.x[v] = START_MU / s.z[v]!
      if (s.upper[v]! === Infinity) continue
      s.x[v] = Math.min(s.x[v]!, 0.5 * s.upper[v]!)
      s.gap[v] = s.upper[v]! - s.x[v]!
      s.w[v] = START_MU / s.gap[v]!
      s.z[v]! += s.w[v]!
    }
  }
  for (let k = 0; k < scale.slackCount; k++) {
    const v = variables + k
    s.z[v] = s.cost[v]! - scale.slackSign[k]! * s.rowPrice[scale.slackRow[k]!]!
    if (s.upper[v]! === Infinity) {
      s.x[v] = START_MU / s.z[v]!
      continue
    }
    // Its price may be on either side of zero: the gap to the cap takes up what is missing.
    s.x[v] = s.gap[v] = 0.5 * s.upper[v]!
    s.w[v] = Math.max(START_MU / s.gap[v]!, 0.1 - s.z[v]!)
    s.z[v]! += s.w[v]!
  }
}

function weigh(program: LinkedProgram, s: State, total: number, isCapped: boolean): void {
  const { theta, lead, itemTheta } = s
  for (let v = 0; v < total; v++) {
    let inverse = s.z[v]! / s.x[v]!
    if (isCapped && s.upper[v]! !== Infinity) inverse += s.w[v]! / s.gap[v]!
    theta[v] = 1 / inverse
  }
  for (let b = 0; b < program.itemCount; b++) {
    let largest = program.first[b]!
    let sum = 0
    for (let v = largest; v < program.first[b + 1]!; v++) {
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
  const { matrix, mixed, touched, mark, theta, leading } = s
  matrix.fill(0)
  mark.fill(0)
  for (let b = 0; b < itemCount; b++) {
    if (first[b + 1]! - first[b]! < 2) continue
    const d = s.lead[b]!
    const sum = s.itemTheta[b]!
    let others = 0
    let count = 0
    for (let v = first[b]!; v < first[b + 1]!; v++) {
      const t = v === d ? 0 : theta[v]!
      others += t
      const p = poolRow[v]!
      const q = maxRow[v]!
      const m = minRow[v]!
      const a = -scale.coefficient[v]!
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
    for (let i = 0; i < count; i++) {
      const row = touched[i]!
      const mean = (mixed[row]! - others * leading[row]!) / sum
      for (let j = 0; j <= i; j++) {
        const other = touched[j]!
        const rest = mixed[other]! - others * leading[other]!
        const value = -leading[row]! * rest - mixed[row]! * leading[other]! - mean * rest
        if (row >= other) matrix[row * n + other]! += value
        else matrix[other * n + row]! += value
      }
    }
    for (let i = 0; i < count; i++) mixed[touched[i]!] = leading[touched[i]!] = 0
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
  const variables = first[itemCount]!
  const { theta, pull, upper } = s
  const total = variables + scale.slackCount
  for (let v = 0; v < total; v++) {
    let value = s.dualResidual[v]! - s.target[v]! / s.x[v]!
    if (isCapped && upper[v]! !== Infinity) value += (s.capTarget[v]! - s.w[v]! * s.capResidual[v]!) / s.gap[v]!
    pull[v] = value
  }
  s.dRow.set(s.rowResidual)
  const { dRow } = s
  for (let b = 0; b < itemCount; b++) {
    // Measured from the leading variable, for the same reason as in the matrix.
    const origin = pull[s.lead[b]!]!
    let side = s.itemResidual[b]!
    for (let v = first[b]!; v < first[b + 1]!; v++) side += theta[v]! * (pull[v]! - origin)
    s.itemSide[b] = side
    const share = side / s.itemTheta[b]!
    for (let v = first[b]!; v < first[b + 1]!; v++) {
      const flow = theta[v]! * (pull[v]! - origin - share)
      const p = poolRow[v]!
      if (p >= 0) dRow[p]! -= scale.coefficient[v]! * flow
      if (maxRow[v]! >= 0) dRow[maxRow[v]!]! -= flow
      if (minRow[v]! >= 0) dRow[minRow[v]!]! += flow
    }
  }
  for (let k = 0; k < scale.slackCount; k++) {
    const v = variables + k
    dRow[scale.slackRow[k]!]! += scale.slackSign[k]! * theta[v]! * pull[v]!
  }
  solveFactorized(factor, rows.length, dRow)
  for (let b = 0; b < itemCount; b++) {
    const lead = s.lead[b]!
    const origin = seenBy(program, scale, dRow, lead)
    let side = s.itemSide[b]!
    for (let v = first[b]!; v < first[b + 1]!; v++) {
      const value = seenBy(program, scale, dRow, v) - origin
      s.dx[v] = value
      side -= theta[v]! * value
    }
    const price = side / s.itemTheta[b]!
    s.dItem[b] = price - origin + pull[lead]!
    for (let v = first[b]!; v < first[b + 1]!; v++) s.dx[v] = theta[v]! * (s.dx[v]! + price - (pull[v]! - pull[lead]!))
  }
  for (let k = 0; k < scale.slackCount; k++) {
    const v = variables + k
    s.dx[v] = theta[v]! * (scale.slackSign[k]! * dRow[scale.slackRow[k]!]! - pull[v]!)
  }
  for (let v = 0; v < total; v++) {
    s.dz[v] = (s.target[v]! - s.z[v]! * s.dx[v]!) / s.x[v]!
    if (isCapped && upper[v]! !== Infinity) {
      s.dGap[v] = s.capResidual[v]! - s.dx[v]!
      s.dw[v] = (s.capTarget[v]! - s.w[v]! * s.dGap[v]!) / s.gap[v]!
    }
  }
}

/** What a change of row prices means to one variable. */
function seenBy(program: LinkedProgram, scale: Scales, dRow: Float64Array, v: number): number {
  let value = 0
  const p = program.poolRow[v]!
  if (p >= 0) value -= scale.coefficient[v]! * dRow[p]!
  if (program.maxRow[v]! >= 0) value -= dRow[program.maxRow[v]!]!
  if (program.minRow[v]! >= 0) value += dRow[program.minRow[v]!]!
  return value
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
    if (dx[v]! < 0 && -x[v]! / dx[v]! < step) step = -x[v]! / dx[v]!
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
