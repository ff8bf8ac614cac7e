import { faultPlan, faultyStore } from "../../src/testing/mod.ts"
import { MB, openTestWorld, type TestFleet } from "../optimization/world.ts"

const names = Array.from({ length: 16 }, (_, at) => `P${String(at).padStart(2, "0")}`)
/** Plans in plenty and one that is wrong, SIMs of each. */
export const FLEET: TestFleet = {
  plans: [
    { name: "Small", monthly: 1_000_000, includedBytes: 5 * MB },
    { name: "Large", monthly: 4_000_000, includedBytes: 50 * MB },
    { name: "Broken", overageBlockBytes: 0 },
    ...names.map((name, at) => ({ name, monthly: (at + 2) * 1_000_000, includedBytes: (at + 1) * MB })),
  ],
  permitted: { Cars: ["Small", "Large"], Bad: ["Small", "Large", "Broken"], Many: names, Nobody: ["Small", "Large"] },
  devices: [
    ...["Cars", "Bad"].flatMap((communicationPlan) =>
      [1, 2, 40].map((mb) => ({
        id: `${communicationPlan}${mb}`,
        ratePlan: "Large",
        communicationPlan,
        bytes: mb * MB,
      })),
    ),
    ...[1, 2].map((mb) => ({ id: `many${mb}`, ratePlan: "P15", communicationPlan: "Many", bytes: mb * MB })),
  ],
}

/** A session whose solving fails for good. */
export async function failingSession() {
  const broken = faultPlan({
    onPoint: (point) => {
      if (point === "before:optimization.store-results") throw new TypeError("broken")
    },
  })
  const world = await openTestWorld(FLEET, { wrap: (store) => faultyStore(store, broken) })
  return { world, session: await world.optimize() }
}
