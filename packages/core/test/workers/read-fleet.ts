// A process that reads the fleet over and over, in all the ways there are, for tests that kill who writes it: `read-fleet.ts
// URL PROVIDER PERIOD`. Says `sees …` whenever a whole read differs from the one before, and `read` for each line it is sent,
// once it has read all anew.
import { createInterface } from "node:readline"
import { isCoreError } from "../../src/errors/mod.ts"
import { countDevicesWithUsage, countListedDevices, eachDeviceWithUsage, listDevices } from "../../src/inventory/mod.ts"
import { FLEET_TENANT, openPlatform } from "./fleet.ts"

const [url = "", serviceProviderId = "", billingPeriodId = ""] = process.argv.slice(2)
const platform = await openPlatform(url)
const scope = { tenantId: FLEET_TENANT, serviceProviderId }

const counted = (values: readonly string[]) => {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].sort().map(([value, count]) => `${count} ${value}`)
}

async function withUsage(): Promise<readonly string[] | undefined> {
  const found: string[] = []
  try {
    for await (const page of eachDeviceWithUsage(platform, { ...scope, billingPeriodId, limit: 40 })) {
      found.push(...page.map(({ carrierRatePlan, bytes }) => `${carrierRatePlan} used ${bytes}`))
    }
    return counted(found)
  } catch (error) {
    if (isCoreError(error, "inventory.changed")) return undefined
    throw error
  }
}

async function listed(): Promise<readonly string[]> {
  // One statement, so one fleet.
  const devices = await listDevices(platform, { ...scope, limit: 1_000 })
  return counted(devices.map((one) => (one.missingSince === null ? `${one.carrierRatePlan}` : "missing")))
}

let asked = 0
createInterface({ input: process.stdin }).on("line", () => asked++)
const last: Record<string, string> = {}
const say = (what: string, value: string) => {
  if (last[what] !== value) console.log(`sees ${what} ${value}`)
  last[what] = value
}
for (;;) {
  const answers = asked
  say("list", (await listed()).join(", "))
  const fleet = await withUsage()
  if (fleet) say("usage", fleet.join(", "))
  say("count", String(await countListedDevices(platform, FLEET_TENANT, serviceProviderId)))
  say("used", String(await countDevicesWithUsage(platform, FLEET_TENANT, serviceProviderId, billingPeriodId)))
  for (let i = 0; i < answers; i++) console.log("read")
  asked -= answers
  await platform.runtime.clock.sleep(2)
}
