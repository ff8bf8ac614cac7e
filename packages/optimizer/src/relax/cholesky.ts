// Pivots below this share of the largest belong to rows that other rows imply; they are left out of the solution.
const SINGULAR = 1e-15

/** Replaces the lower triangle of a symmetric positive matrix, row by row, with its Cholesky factor. */
export function factorize(matrix: Float64Array, size: number): void {
  let largest = 0
  for (let i = 0; i < size; i++) largest = Math.max(largest, matrix[i * size + i]!)
  const least = largest * SINGULAR
  for (let i = 0; i < size; i++) {
    const row = i * size
    for (let j = 0; j < i; j++) {
      const other = j * size
      let sum = matrix[row + j]!
      for (let k = 0; k < j; k++) sum -= matrix[row + k]! * matrix[other + k]!
      matrix[row + j] = sum / matrix[other + j]!
    }
    const before = matrix[row + i]!
    let sum = before
    for (let k = 0; k < i; k++) sum -= matrix[row + k]! * matrix[row + k]!
    matrix[row + i] = sum > least * 1e-6 && sum > before * SINGULAR ? Math.sqrt(sum) : 1e64
  }
}

/** Solves `matrix x = side` in place, given the factor. */
export function solveFactorized(factor: Float64Array, size: number, side: Float64Array): void {
  for (let i = 0; i < size; i++) {
    let sum = side[i]!
    for (let k = 0; k < i; k++) sum -= factor[i * size + k]! * side[k]!
    side[i] = sum / factor[i * size + i]!
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = side[i]!
    for (let k = i + 1; k < size; k++) sum -= factor[k * size + i]! * side[k]!
    side[i] = sum / factor[i * size + i]!
  }
}
