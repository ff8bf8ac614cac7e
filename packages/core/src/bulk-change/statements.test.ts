import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import type { Statement } from "../store/mod.ts"
import { testRuntime } from "../testing/mod.ts"
import {
  beginDevice,
  cancelNewDevices,
  dueIntents,
  finishBulkChange,
  openWork,
  plannedBefore,
  postponeIntents,
  recordAnswer,
  settleDevices,
  unansweredIntents,
} from "./statements.ts"
import { fleet, openWorld, PROVIDER, TENANT } from "../../test/bulk-change/test-world.ts"

const key = { tenantId: TENANT, id: "b", serviceProviderId: PROVIDER }
const intent = { id: "i", changeType: "CarrierRatePlanChange", carrierDeviceId: "d", ratePlan: "B" } as const

/** What runs for each device or each slice: its cost must not grow with the bulk change. */
const HOT: readonly [string, Statement | readonly Statement[]][] = [
  ["beginDevice", beginDevice(key, 1, intent, 1)],
  ["recordAnswer", recordAnswer(key, 1, { outcome: "applied", code: null, text: "" }, { now: 1, deadlineAt: 2 })],
  ["dueIntents", dueIntents(key, 1, 10)],
  ["settleDevices", settleDevices(key, [], 1)],
  ["postponeIntents", postponeIntents(key, [])],
  ["openWork", openWork(key)],
  ["unansweredIntents", unansweredIntents(key)],
  ["finishBulkChange", finishBulkChange(key, 1)],
  ["cancelNewDevices", cancelNewDevices(key, 1, 10)],
  ["plannedBefore", plannedBefore(key, 1, ["d"])],
]

describe("statements", { timeout: 60_000 }, () => {
  it.each(HOT)("%s finds its rows by an index and walks through no table", async (_name, statements) => {
    const runtime = testRuntime({ seed: 1, startAt: 0 })
    const { store } = await openWorld({ runtime, createClient, sql }, fleet(1))
    for (const statement of [statements].flat() as readonly Statement[]) {
      const steps = await store.rows<{ detail: string }>(sql`EXPLAIN QUERY PLAN ${statement}`)
      for (const { detail } of steps) {
        expect(detail).not.toMatch(/SCAN (?!v |json_each )/)
        expect(detail).not.toMatch(/PRIMARY KEY \(tenant_id=\?( AND bulk_change_id=\?)?\)/)
      }
    }
  })
})
