import { describe, expect, it } from "vitest"
import type { StoredRatePlan } from "../../inventory/mod.ts"
import { usableRatePlans } from "./usable-rate-plans.ts"

const MB = 1024 ** 2
const stored = (row: Partial<StoredRatePlan> & { readonly name: string }): StoredRatePlan => ({
  id: row.name,
  serviceProviderId: "p",
  monthly: 1_000_000,
  includedBytes: 5 * MB,
  pool: null,
  overageCost: 200_000,
  overageBlockBytes: MB,
  overageRounding: "exact",
  smsIncluded: 0,
  smsCost: 0,
  rateCharge: 0,
  planType: null,
  version: 1,
  ...row,
})
const reasons = (...plans: StoredRatePlan[]) =>
  usableRatePlans(plans).dropped.map(({ ratePlan, reason }) => `${ratePlan}: ${reason}`)

describe("usableRatePlans()", () => {
  it("writes plans and pools in kilobytes, allowances rounded down", () => {
    const { plans, pools, dropped } = usableRatePlans([
      stored({ name: "alone", includedBytes: 5 * MB + 1023 }),
      stored({ name: "pooled", pool: "P", overageRounding: "block" }),
    ])
    expect(dropped).toEqual([])
    expect(plans.get("alone")).toMatchObject({ included: 5120, pool: null, overageCost: 200_000, overageBlock: 1024 })
    expect(plans.get("pooled")).toMatchObject({ included: 5120, pool: "P" })
    expect(pools.get("P")).toEqual({ id: "P", overageCost: 200_000, overageBlock: 1024, overageRounding: "block" })
  })

  it("drops a plan with a missing or senseless figure, and only that one", () => {
    expect(
      reasons(
        stored({ name: "fine" }),
        stored({ name: "a", monthly: null }),
        stored({ name: "b", includedBytes: null }),
        stored({ name: "c", overageCost: null }),
        stored({ name: "d", monthly: -1 }),
        stored({ name: "e", overageCost: -1 }),
        stored({ name: "f", overageBlockBytes: 0 }),
        stored({ name: "g", overageBlockBytes: null }),
        stored({ name: "h", overageBlockBytes: 1000, overageRounding: "block" }),
      ),
    ).toEqual([
      "a: price_unknown",
      "b: price_unknown",
      "c: price_unknown",
      "d: price_invalid",
      "e: overage_invalid",
      "f: overage_invalid",
      "g: overage_invalid",
      "h: overage_invalid",
    ])
  })

  it("takes free overage without a block, and a block of any size where overage is in proportion", () => {
    const { plans, dropped } = usableRatePlans([
      stored({ name: "free", overageCost: 0, overageBlockBytes: null }),
      stored({ name: "decimal", overageBlockBytes: 1_000_000 }),
    ])
    expect(dropped).toEqual([])
    expect(plans.get("free")).toMatchObject({ overageCost: 0, overageBlock: 1 })
    // 0.20 for 1,000,000 bytes is 204.80 for 1,000,000 KB.
    expect(plans.get("decimal")).toMatchObject({ overageCost: 204_800_000, overageBlock: 1_000_000 })
  })

  it("bills a pool on the terms most of its plans name, and drops those that differ", () => {
    expect(
      reasons(
        stored({ name: "a", pool: "P", overageCost: 1 }),
        stored({ name: "b", pool: "P" }),
        stored({ name: "c", pool: "P" }),
        stored({ name: "d", pool: "Q" }),
        stored({ name: "e", pool: "Q", overageRounding: "block" }),
      ),
    ).toEqual(["a: pool_terms_differ", "e: pool_terms_differ"])
  })
})
