// Below this a sum of two doubles that hold integers is still exact.
const SPILL = 2 ** 52

/** Adds many integers exactly: doubles while they fit, a bigint for what spills over. */
export class ExactSum {
  #small = 0
  #large = 0n

  /** Adds an integer held in a double of magnitude up to 2^52. */
  add(value: number): void {
    const sum = this.#small + value
    if (sum < SPILL && sum > -SPILL) {
      this.#small = sum
    } else {
      this.#large += BigInt(this.#small) + BigInt(value)
      this.#small = 0
    }
  }

  addExact(value: bigint): void {
    this.#large += value
  }

  get total(): bigint {
    return this.#large + BigInt(this.#small)
  }
}
