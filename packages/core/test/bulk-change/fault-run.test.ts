import { expect, it } from "vitest"
import { faultRun } from "./fault-run.ts"

it.each(Array.from({ length: 20 }, (_, index) => index + 1))(
  "no effect is doubled and each end is true, whatever strikes with seed %i",
  { timeout: 60_000 },
  async (seed) => {
    expect((await faultRun(seed)).violations).toEqual([])
  },
)
