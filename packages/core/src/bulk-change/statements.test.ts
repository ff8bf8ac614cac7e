import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import type { Statement } from "../store/mod.ts"
import { testRuntime } from "../testing/mod.ts"
import type { BulkChange } from "./bulk-change.ts"
import type { BulkChangeDevice } from "./bulk-change-device.ts"
import { finishBulkChange } from "./change-statements.ts"
import { blockedDevices, cancelNewDevices, moveDevices, postponeDevices } from "./device-statements.ts"
import { beginSteps, openWork, recordAnswers, returnDevices, unansweredIntents } from "./process/intent-statements.ts"
import { deviceEntry } from "./log/log-entry.ts"
import { appendLog, sealEntries, selectUnsealed } from "./log/log-statements.ts"
import { dueIntents, intentByRequest, lookNow, postponeLooks, settleIntents } from "./process/look-statements.ts"
import { plannedBefore } from "./plan/plan-statements.ts"
import type { RowMove } from "./process/progress.ts"
import { fleet, openWorld, PROVIDER, TENANT } from "../../test/bulk-change/test-world.ts"

const key = { tenantId: TENANT, id: "b", round: 0, approvedAt: 1 } as BulkChange
const row = { position: 1, round: 0, step: 0, isUndoing: false, serviceProviderId: PROVIDER, steps: [{}] }
const intent = {
  id: "i",
  changeType: "CarrierRatePlanChange",
  carrierDeviceId: "d",
  ratePlan: "B",
  communicationPlan: null,
} as const
const move: RowMove = {
  position: 1,
  status: "PROCESSED",
  code: null,
  text: null,
  step: 0,
  isUndoing: false,
  isReady: false,
  isEnd: true,
  isVerified: true,
}
const lane = { serviceProviderId: PROVIDER, now: 1, limit: 10, except: [] }
const name = { position: 1, id: "i" }
const answer = { ...name, outcome: "applied", code: null, text: "", readDueAt: 1, deadlineAt: 2 } as const
const entry = deviceEntry("answer", row, { status: "PENDING", code: null, description: "" })

/** What runs for each device or each slice: its cost must not grow with the bulk change. */
const HOT: readonly [string, Statement | readonly Statement[]][] = [
  ["beginSteps", beginSteps(key, [{ row: row as unknown as BulkChangeDevice, via: "carrier", intent }], 1)],
  ["recordAnswers", recordAnswers(key, [answer])],
  ["returnDevices", returnDevices(key, [name])],
  ["moveDevices", moveDevices(key, [move], 1)],
  ["postponeDevices", postponeDevices(key, [{ position: 1, readyAt: 1 }])],
  ["blockedDevices", blockedDevices(key, PROVIDER, ["d"], 1)],
  ["dueIntents", dueIntents(key, lane)],
  ["settleIntents", settleIntents(key, [name], 1)],
  ["postponeLooks", postponeLooks(key, [{ ...name, readDueAt: 1 }])],
  ["lookNow", lookNow(key, name, 1)],
  ["openWork", openWork(key, PROVIDER)],
  ["unansweredIntents", unansweredIntents(key, PROVIDER)],
  ["intentByRequest", intentByRequest(TENANT, PROVIDER, "r")],
  ["finishBulkChange", finishBulkChange(key, 1)],
  ["cancelNewDevices", cancelNewDevices(key, 1, 10)],
  ["plannedBefore", plannedBefore(key, 1, ["d"])],
  ["appendLog", appendLog(key, [entry], 1)],
  ["selectUnsealed", selectUnsealed(key, 10)],
  ["sealEntries", sealEntries(key, [])],
]

const LAST_ENTRY = "SEARCH bulk_change_log USING PRIMARY KEY (tenant_id=? AND bulk_change_id=?)"

describe("statements", { timeout: 60_000 }, () => {
  it.each(HOT)("%s finds its rows by an index and walks through no table", async (_name, statements) => {
    const runtime = testRuntime({ seed: 1, startAt: 0 })
    const { store } = await openWorld({ runtime, createClient, sql }, fleet(1))
    for (const statement of [statements].flat() as readonly Statement[]) {
      const steps = await store.rows<{ detail: string }>(sql`EXPLAIN QUERY PLAN ${statement}`)
      for (const { detail } of steps) {
        // The newest entry of a log is the first one of its primary key, backwards.
        if (detail === LAST_ENTRY) continue
        expect(detail).not.toMatch(/SCAN (?!v\b|json_each |chosen|CONSTANT|\(subquery)/)
        expect(detail).not.toMatch(/PRIMARY KEY \(tenant_id=\?( AND bulk_change_id=\?)?\)/)
      }
    }
  })
})
