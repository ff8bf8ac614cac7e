import { sql } from "drizzle-orm"
import { expect, it } from "vitest"
import { runDueJobs } from "../../src/jobs/mod.ts"
import { faultPlan } from "../../src/testing/mod.ts"
import { device, type FakeFleet, setUp, smallFleet } from "./fixture.ts"

const at = (text: string) => Date.parse(text)

/** A fleet of one device that used so much, by rate plan, version and zone. */
type Part = readonly [part: string, bytes: number]
const used = (...parts: readonly Part[]) =>
  parts.map(([part, bytes]) => ({ carrierDeviceId: device(1).iccid, part, bytes, smsCount: 0 }))

async function world(periods: NonNullable<Parameters<typeof setUp>[3]>["periods"]) {
  const fleet: FakeFleet = { ...smallFleet(), devices: [device(1), device(2)], usage: used(["A/2/Home", 70]) }
  const { platform, runtime, start, host, drain, sync } = await setUp(fleet, faultPlan(), {}, periods && { periods })
  const usageByPeriod = () =>
    platform.store.rows(sql`SELECT p.starts_at AS "startsAt", p.ends_at AS "endsAt", sum(u.bytes) AS bytes
      FROM billing_period p LEFT JOIN device_usage u ON u.tenant_id = p.tenant_id
        AND u.service_provider_id = p.service_provider_id AND u.billing_period_id = p.id
      GROUP BY p.id ORDER BY p.starts_at`)
  const until = (instant: string) => runtime.clock.advance(at(instant) - runtime.clock.now())
  return { fleet, start, host, drain, sync, usageByPeriod, until }
}

// The bounds were computed independently, by Python 3 with zoneinfo.
it.each([
  [18, null, "UTC", "2026-11-18T00:00:00Z", "2026-12-18T00:00:00Z"],
  [18, 22, "America/Chicago", "2026-11-19T04:00:00Z", "2026-12-19T04:00:00Z"],
  [31, 0, "Europe/Berlin", "2026-10-30T23:00:00Z", "2026-11-29T23:00:00Z"],
])(
  "a sync's usage is that of the period which ends on day %i, hour %s, in %s",
  async (day, hour, timeZone, from, to) => {
    const { sync, usageByPeriod } = await world({ billingPeriodEndDay: day, billingPeriodEndHour: hour, timeZone })
    await sync()
    expect(await usageByPeriod()).toEqual([{ startsAt: at(from), endsAt: at(to), bytes: 70 }])
  },
)

it("usage of a new period begins anew, and that of the last one stays", async () => {
  const { fleet, sync, usageByPeriod, until } = await world({ billingPeriodEndDay: 18, timeZone: "UTC" })
  await sync()
  await until("2026-12-17T23:59:59Z")
  fleet.usage = used(["A/2/Home", 90])
  await sync()
  await until("2026-12-18T00:00:00Z")
  fleet.usage = used(["A/2/Home", 4])
  await sync()
  expect(await usageByPeriod()).toMatchObject([{ bytes: 90 }, { startsAt: at("2026-12-18T00:00:00Z"), bytes: 4 }])
})

it("what a run reads belongs to the period that it began in, however late it ends", async () => {
  const { start, host, drain, usageByPeriod, until } = await world({ billingPeriodEndDay: 18, timeZone: "UTC" })
  await until("2026-12-17T23:59:00Z")
  await start()
  await runDueJobs(host, { maxJobs: 1 })
  await until("2026-12-18T00:01:00Z")
  await drain()
  expect(await usageByPeriod()).toMatchObject([{ endsAt: at("2026-12-18T00:00:00Z"), bytes: 70 }])
})

it("late usage corrects what a device used, up and down, by zone and version, until there is none", async () => {
  const { fleet, sync, usageByPeriod } = await world(undefined)
  const total = async (...parts: readonly Part[]) => {
    fleet.usage = used(...parts)
    expect(await sync()).toMatchObject({ status: "succeeded", rejected: 0 })
    return (await usageByPeriod())[0]
  }
  expect(await total(["A/2/Home", 70])).toMatchObject({ bytes: 70 })
  expect(await total(["A/2/Home", 70], ["A/2/Roaming", 5], ["A/1/Home", 20])).toMatchObject({ bytes: 95 })
  // The same part twice, as where a page is read again, is one part: the later word counts.
  expect(await total(["A/2/Home", 70], ["A/1/Home", 20], ["A/2/Home", 60])).toMatchObject({ bytes: 80 })
  expect(await total(["A/1/Home", 20])).toMatchObject({ bytes: 20 })
  expect(await total()).toMatchObject({ bytes: 0 })
})
