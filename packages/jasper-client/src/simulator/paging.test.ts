import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createManualClock, openCaller } from "./testing/caller.ts"

const size = 40
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("put" as const), pick: fc.nat(), ms: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("enter" as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("leave" as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("comeBack" as const), pick: fc.nat() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("read" as const),
      since: fc.nat(),
      pageSize: fc.integer({ min: 1, max: 50 }),
      pageNumber: fc.integer({ min: 1, max: 6 }),
    }),
  },
)

/** The carrier's list as one array that is sorted again for every page. */
class NaiveCarrier {
  #order = 0
  readonly dates = new Map<string, { date: number; order: number }>()
  readonly gone = new Map<string, { date: number; order: number }>()

  enter(iccid: string, date: number): void {
    this.dates.set(iccid, { date, order: this.#order++ })
  }

  change(iccid: string, date: number): void {
    this.dates.set(iccid, { date, order: this.dates.get(iccid)!.order })
  }

  leave(iccid: string): void {
    this.gone.set(iccid, this.dates.get(iccid)!)
    this.dates.delete(iccid)
  }

  comeBack(iccid: string): void {
    this.dates.set(iccid, this.gone.get(iccid)!)
    this.gone.delete(iccid)
  }

  page(since: number, pageSize: number, pageNumber: number): { iccids: string[]; lastPage: boolean } {
    const listed = [...this.dates]
      .filter(([, { date }]) => date >= since)
      .sort(([, a], [, b]) => a.date - b.date || a.order - b.order)
      .map(([iccid]) => iccid)
    const start = (pageNumber - 1) * pageSize
    return { iccids: listed.slice(start, start + pageSize), lastPage: start + pageSize >= listed.length }
  }
}

describe("pages of a list that changes while it is read", () => {
  it("are those of a naive carrier, whatever happens between two calls", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 5 }), fc.array(step, { maxLength: 60 }), async (seed, steps) => {
        const clock = createManualClock()
        const { simulator, get, put } = openCaller({ devices: size, seed }, clock)
        const naive = new NaiveCarrier()
        for (const { iccid, dateUpdated } of simulator.state) naive.enter(iccid, dateUpdated)
        const dates = [...naive.dates.values()].map(({ date }) => date)
        let serial = 0
        for (const act of steps) {
          const present = [...naive.dates.keys()]
          const gone = [...naive.gone.keys()]
          if (act.kind === "put") {
            clock.pass(act.ms)
            const iccid = present[act.pick % present.length]!
            await put(iccid, { deviceID: `change ${serial++}` })
            naive.change(iccid, clock.now())
          } else if (act.kind === "enter") {
            const date = dates[act.pick % dates.length]!
            naive.enter(simulator.operator.enter(date), date)
          } else if (act.kind === "leave" && present.length > 1) {
            const iccid = present[act.pick % present.length]!
            simulator.operator.leave(iccid)
            naive.leave(iccid)
          } else if (act.kind === "comeBack" && gone.length > 0) {
            const iccid = gone[act.pick % gone.length]!
            simulator.operator.comeBack(iccid)
            naive.comeBack(iccid)
          } else if (act.kind === "read") {
            const { pageSize, pageNumber } = act
            const at = Math.floor(dates[act.since % dates.length]! / 1000) * 1000
            const since = new Date(at).toISOString().replace(".000", "")
            const page = (
              await get(`/devices?modifiedSince=${since}&pageSize=${pageSize}&pageNumber=${pageNumber}`)
            ).json()
            const iccids = page.devices.map((device: { iccid: string }) => device.iccid)
            expect({ iccids, lastPage: page.lastPage }).toEqual(naive.page(at, pageSize, pageNumber))
          }
        }
      }),
      { numRuns: 80 },
    )
  })
})
