import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { afterEach, beforeEach, expect, it } from "vitest"
import { openStore } from "../../src/store/mod.ts"
import { faultPlan } from "../../src/testing/mod.ts"
import { type HranaDouble, hranaDouble } from "../hrana-double.ts"
import { device, setUp, smallFleet } from "./fixture.ts"

let folder: string
let double: HranaDouble
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "altaworx-sync-remote-"))
  double = hranaDouble(join(folder, "test.db"))
})
afterEach(() => {
  double.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Two syncs: one of a new fleet, one of which something changed, vanished and was rejected. */
async function twoSyncs(options?: Parameters<typeof setUp>[3]) {
  const fleet = smallFleet()
  const { sync, fleetNow, usage } = await setUp(fleet, faultPlan(), { pagesPerUnit: 2 }, options)
  const runs = [await sync()]
  fleet.everSeen = fleet.devices.map(({ carrierDeviceId }) => carrierDeviceId)
  fleet.devices[2] = device(3, { ratePlan: "B" })
  fleet.devices.splice(0, 1)
  fleet.devices.push(device(9, { status: "unknown", carrierStatus: "LIMBO" }))
  runs.push(await sync())
  const counts = runs.map(({ status, staged, rejected, inserted, updated, unchanged, missing }) => [
    status,
    { staged, rejected, inserted, updated, unchanged, missing },
  ])
  return { counts, fleet: await fleetNow(), usage: await usage() }
}

it("a sync on a remote database that loses every first answer, and its streams, ends as one that does not", {
  timeout: 60_000,
}, async () => {
  let requests = 0
  const troubled = (request: Request) => {
    const number = requests++
    if (number % 2 === 0) double.faults.lostReplies = 1
    else if (number % 10 === 5) double.faults.statuses.push(number % 20 === 5 ? 502 : 503)
    double.restart()
    return double.fetch(request)
  }
  const expected = await twoSyncs()
  expect(expected.counts[1]).toEqual([
    "succeeded",
    { staged: 7, rejected: 1, inserted: 0, updated: 1, unchanged: 5, missing: 1 },
  ])
  const remote = await twoSyncs({
    open: (runtime) =>
      openStore({
        url: "http://127.0.0.1:9",
        runtime,
        createClient: (config) =>
          createClient({ ...config, fetch: (request: Request) => runtime.clock.hold(troubled(request)) }),
      }),
  })
  expect(remote).toEqual(expected)
})
