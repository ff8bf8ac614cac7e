// A process that syncs the fleet as it is after, for tests that kill it: `sync-fleet.ts URL UNIT COUNT`. Once it has written
// the unit so often it says `stands` and does nothing more until it is killed; else it ends by itself.
import { releaseAllLeases, runDueJobs } from "../../src/jobs/mod.ts"
import type { Store } from "../../src/store/mod.ts"
import { syncHandlers } from "../../src/sync/mod.ts"
import { fleetCarrier, openPlatform } from "./fleet.ts"

const [url = "", unitName = "", count = "0"] = process.argv.slice(2)
const platform = await openPlatform(url)
let written = 0
const store: Store = {
  ...platform.store,
  async unit(options, statements) {
    const rows = await platform.store.unit(options, statements)
    if (options.name === unitName && ++written === Number(count)) {
      console.log("stands")
      await new Promise(() => {
        // Until it is killed.
      })
    }
    return rows
  },
}
// The process before this one was killed and holds its job no more.
await releaseAllLeases(platform)
const carrier = fleetCarrier("after")
const handlers = syncHandlers({
  carrierFor: async () => carrier,
  afterSuccess: () => [],
  settings: { promotionChunk: 25 },
})
// Keeps the process alive while it stands.
const alive = setInterval(() => undefined, 1_000)
await runDueJobs({ ...platform, store, handlers })
clearInterval(alive)
platform.store.close()
console.log("done")
