import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { fleet, openWorld, PROVIDER, TENANT } from "../../../test/bulk-change/test-world.ts"
import { testRuntime } from "../../testing/mod.ts"
import { receiveBulkChangeJson } from "./receive-json.ts"

const DEVICES = 400_000

setFlagsFromString("--expose-gc")
const collectGarbage = runInNewContext("gc") as () => void

function memoryInUse(): number {
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** A request whose devices stand before what says what is asked for. One in ten is no device. */
function* text() {
  const encoder = new TextEncoder()
  yield encoder.encode(`{"serviceProviderId":"${PROVIDER}","changeType":2,"devices":["none"`)
  for (let from = 0; from < DEVICES - 1; from += 1_000) {
    const numbers = Array.from({ length: Math.min(1_000, DEVICES - 1 - from) }, (_, at) => from + at)
    const devices = numbers.map((n) => (n % 10 === 0 ? `,{"iccid":${n}}` : `,"89${String(n).padStart(17, "1")}"`))
    yield encoder.encode(devices.join(""))
  }
  yield encoder.encode(`],"carrierRatePlanUpdate":{"carrierRatePlan":"B"}}`)
}

describe("a JSON request of 400,000 devices", () => {
  it("is planned without growing the memory", { timeout: 280_000 }, async () => {
    const world = await openWorld({ runtime: testRuntime({ seed: 1, startAt: 0 }), createClient, sql }, fleet(1))
    let highest = 0
    let units = 0
    const unit: typeof world.store.unit = async (...args) => {
      if (++units % 50 === 0) highest = Math.max(highest, memoryInUse() - before)
      return world.store.unit(...args)
    }
    const asked = { tenantId: TENANT, createdBy: "test", role: "operator" } as const
    const before = memoryInUse()
    const change = await receiveBulkChangeJson(
      { ...world, store: { ...world.store, unit } },
      { ...asked, json: text() },
    )
    expect(change).toMatchObject({ state: "planned", deviceCount: DEVICES, refusedCount: DEVICES })
    expect(units).toBeGreaterThan(350)
    // Held whole, the text alone is 9 MB, and its devices many times that.
    expect(highest / 2 ** 20).toBeLessThan(8)
  })
})
