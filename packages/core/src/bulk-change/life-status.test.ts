import { describe, expect, it } from "vitest"
import { lifeStatusOf } from "./life-status.ts"

const change = { state: "done", errorCode: null, deviceCount: 3, refusedCount: 0 } as const

describe("lifeStatusOf()", () => {
  it.each([
    [{ state: "received" }, { processed: 0, failed: 0 }, "NEW"],
    [{ state: "approved" }, { processed: 0, failed: 1 }, "NEW"],
    [{ state: "planned", refusedCount: 3 }, { processed: 0, failed: 3 }, "ERROR"],
    [{ state: "processing" }, { processed: 1, failed: 0 }, "PROCESSING"],
    [{ state: "processing", errorCode: "carrier.credentials" }, { processed: 1, failed: 0 }, "ERROR"],
    [{ state: "cancelling" }, { processed: 1, failed: 0 }, "PROCESSING"],
    [{ state: "done" }, { processed: 2, failed: 1 }, "PROCESSED"],
    [{ state: "done" }, { processed: 0, failed: 3 }, "ERROR"],
    [{ state: "cancelled" }, { processed: 0, failed: 0 }, "PROCESSED"],
  ] as const)("%o with %o is %s", (more, counts, expected) => {
    expect(lifeStatusOf({ ...change, ...more }, counts)).toBe(expected)
  })
})
