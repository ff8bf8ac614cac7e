// Below this a sum of two doubles that hold integers is still exact.
const SPILL = 2 ** 52

/** Adds many integers exactly, several sums at a time: doubles while they fit, bigints for what spills over. */
export class ExactSums {
  readonly #small: Float64Array
  readonly #large: bigint[]

  constructor(count: number) {
    this.#small = new Float64Array(count)
    this.#large = Array.from({ length: count }, () => 0n)
  }

  /** Adds an integer held in a double of magnitude up to 2^53 to one of the sums. */
  add(index: number, value: number): void {
    const sum = this.#small[index]! + value
    if (sum < SPILL && sum > -SPILL) {
      this.#small[index] = sum
    } else {
      this.#large[index]! += BigInt(this.#small[index]!) + BigInt(value)
      this.#small[index] = 0
    }
  }

  addExact(index: number, value: bigint): void {
    this.#large[index]! += value
  }

  total(index: number): bigint {
    return this.#large[index]! + BigInt(this.#small[index]!)
  }
}
