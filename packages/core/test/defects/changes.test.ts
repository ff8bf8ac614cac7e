import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect } from "vitest"
import { testRuntime } from "../../src/testing/mod.ts"
import { fleet, openWorld } from "../bulk-change/test-world.ts"
import { defect } from "./defect.ts"

const START = Date.UTC(2026, 0, 1)
/** What one change takes, and what is left of the period. */
const CALL_MS = 100
const LEFT_MS = 5_000

describe("changes of the earlier system that we reject", () => {
  defect(
    26,
    "changes that do not fit into what is left of the period stay, whatever an estimate said",
    {
      ours: async (count: number) => {
        const parts = { runtime: testRuntime({ seed: 1, startAt: START }), createClient, sql }
        const world = await openWorld(parts, fleet(count), { callMs: CALL_MS })
        let lastAt = START
        world.fake.onCall = (name) => {
          if (name === "change") lastAt = world.runtime.clock.now()
        }
        await world.approve(await world.plan({ guards: { notAfter: START + LEFT_MS } }))
        await world.run()
        return { sent: world.fake.received.length, lateMs: lastAt - START - LEFT_MS }
      },
      // An estimate of 250 changes at most, at the fastest rate ever seen, lets all of them go.
      legacy: async (count: number) => {
        const fastestPerMs = 1 / 10
        const isGo = Math.min(count, 250) / fastestPerMs <= LEFT_MS
        const sent = isGo ? count : 0
        return { sent, lateMs: sent * CALL_MS - LEFT_MS }
      },
    },
    async (apply) => {
      const { sent, lateMs } = await apply(120)
      expect(sent).toBeGreaterThan(0)
      // What was begun before it may still be under way.
      expect(lateMs).toBeLessThan(1_000)
    },
  )
})
