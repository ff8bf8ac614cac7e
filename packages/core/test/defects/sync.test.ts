import { describe, expect } from "vitest"
import { CoreError } from "../../src/errors/mod.ts"
import type { ListedDevice } from "../../src/ports/mod.ts"
import { faultPlan } from "../../src/testing/mod.ts"
import { device, type FakeFleet, setUp, smallFleet } from "../sync/fixture.ts"
import { defect } from "./defect.ts"

/** Pages of a list, and which of them fail how often before they are given. */
interface Pages {
  readonly pages: readonly (readonly ListedDevice[])[]
  readonly failures?: Readonly<Record<number, number>>
}

interface Read {
  readonly outcome: "complete" | "failed"
  /** What readers see of each device, by its identifier. */
  readonly ratePlans: Readonly<Record<string, string | null>>
  readonly missing: readonly string[]
}

/** Some devices, in pages of two. */
const pagesOf = (numbers: readonly number[]) =>
  Array.from({ length: Math.ceil(numbers.length / 2) }, (_, page) =>
    numbers.slice(page * 2, page * 2 + 2).map((number) => device(number)),
  )
const ids = (numbers: readonly number[]) => numbers.map((number) => device(number).iccid)

/** Our sync of a carrier that gives these pages, after one of a carrier that had the first seven devices. */
async function ours({ pages, failures = {} }: Pages): Promise<Read> {
  const fleet: FakeFleet = smallFleet()
  const { sync, inventory } = await setUp(fleet, faultPlan(), { missingShare: 1 })
  await sync()
  const left = new Map(Object.entries(failures).map(([page, times]) => [Number(page), times]))
  fleet.devices = pages.flat()
  fleet.endsWithEmptyPage = pages.some((rows) => rows.length === 0)
  fleet.onPage = (page) => {
    const times = left.get(page) ?? 0
    left.set(page, times - 1)
    if (times > 0) throw new CoreError("carrier.unavailable", "No answer")
  }
  const run = await sync()
  const seen = await inventory()
  return {
    outcome: run.status === "succeeded" ? "complete" : "failed",
    ratePlans: Object.fromEntries(seen.map(({ iccid, carrierRatePlan }) => [iccid, carrierRatePlan])),
    missing: seen.filter(({ missing }) => missing).map(({ iccid }) => iccid),
  }
}

/** The earlier system's loop: a page that fails is passed over, and the sixth failure is taken for the end of the list. */
async function legacy({ pages, failures = {} }: Pages): Promise<Read> {
  const before = pagesOf([1, 2, 3, 4, 5, 6, 7]).flat()
  const staged = new Map<string, string | null>()
  let errors = 0
  let isPromoted = false
  for (let page = 0; page < pages.length; page++) {
    const isLast = page === pages.length - 1
    const rows = (failures[page] ?? 0) > 0 ? [] : (pages[page] ?? [])
    errors += failures[page] ?? 0
    for (const row of rows) if (!staged.has(row.iccid)) staged.set(row.iccid, row.ratePlan)
    // Only where devices were read is anything promoted.
    isPromoted = isLast && rows.length > 0
    if (errors > 5) {
      isPromoted = true
      break
    }
  }
  const seen = isPromoted ? staged : new Map(before.map((row) => [row.iccid, row.ratePlan]))
  return {
    outcome: "complete",
    ratePlans: Object.fromEntries(seen),
    missing: isPromoted ? before.flatMap(({ iccid }) => (staged.has(iccid) ? [] : [iccid])) : [],
  }
}

describe("syncs of the earlier system that we reject", () => {
  defect(
    28,
    "a page that fails is read again; a list that cannot be read is a failure, and nothing of it is called missing",
    { ours, legacy },
    async (read) => {
      const all = [1, 2, 3, 4, 5, 6, 7, 8]
      const once = await read({ pages: pagesOf(all), failures: { 1: 1 } })
      expect(once).toMatchObject({ outcome: "complete", missing: [] })
      expect(Object.keys(once.ratePlans).toSorted()).toEqual(ids(all))
      const never = await read({ pages: pagesOf(all), failures: { 1: 1_000 } })
      expect(never).toMatchObject({ outcome: "failed", missing: [] })
      expect(Object.keys(never.ratePlans).toSorted()).toEqual(ids([1, 2, 3, 4, 5, 6, 7]))
    },
  )

  defect(29, "what was read is promoted also where the last page is empty", { ours, legacy }, async (read) => {
    const { ratePlans } = await read({ pages: [...pagesOf([1, 2, 3, 4, 5, 6, 7, 8]), []] })
    expect(Object.keys(ratePlans)).toContain(device(8).iccid)
  })

  defect(
    31,
    "of a device that is listed twice the later record stays, on whatever pages",
    { ours, legacy },
    async (read) => {
      const [first = [], ...others] = pagesOf([1, 2, 3, 4, 5, 6, 7])
      const later = device(1, { ratePlan: "B" })
      const { ratePlans } = await read({ pages: [first, ...others.slice(0, -1), [device(7), later]] })
      expect(ratePlans[later.iccid]).toBe("B")
    },
  )
})
