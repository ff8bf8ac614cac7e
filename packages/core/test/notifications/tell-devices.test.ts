import { sql } from "drizzle-orm"
import { describe, expect, it } from "vitest"
import { enqueueJob } from "../../src/jobs/mod.ts"
import { type Deliverer, type DeviceChangedEvent, tellDevices } from "../../src/notifications/mod.ts"
import { PROVIDER } from "./events.ts"
import { notificationFixture, NOW, TENANT } from "./fixture.ts"

const SINCE = NOW - 60_000

/** A fleet of `count` devices, each third of them changed by the sync, each fifth with usage read by it. */
async function fleetFixture(count: number, isOn = true) {
  const events: DeviceChangedEvent[] = []
  const deliverer: Deliverer = {
    name: "collector",
    takes: ["device.changed"],
    receiversOf: async () => (isOn ? { state: "on", receivers: [""] } : { state: "off", reason: "off" }),
    deliver: async ({ event }) => {
      events.push(event as DeviceChangedEvent)
      return []
    },
  }
  const fixture = await notificationFixture([deliverer])
  const devices = Array.from({ length: count }, (_, at) => ({
    id: String(at).padStart(6, "0"),
    changedAt: at % 3 === 0 ? SINCE : SINCE - 1,
    usageAt: at % 5 === 0 ? SINCE + 5 : null,
  }))
  const json = JSON.stringify(devices)
  await fixture.store.unit({ name: "test.devices" }, [
    sql`INSERT INTO billing_period (tenant_id, service_provider_id, starts_at, id, ends_at, time_zone)
      VALUES (${TENANT.id}, 'p1', ${NOW - 1000}, 'bp1', ${NOW + 1000}, 'UTC')`,
    sql`INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, msisdn, status,
        carrier_status, carrier_rate_plan, content_hash, created_at, changed_at)
      SELECT ${TENANT.id}, 'p1', value->>'id', 'd' || (value->>'id'), value->>'id', value->>'id', '1555', 'active', 'ACTIVATED',
        'A', 'h', 1, value->>'changedAt' FROM json_each(${json})`,
    sql`INSERT INTO device_usage SELECT ${TENANT.id}, 'p1', 'bp1', value->>'id', 7, 2, value->>'usageAt'
      FROM json_each(${json}) WHERE value->>'usageAt' IS NOT NULL`,
    // Another tenant's device of the same name.
    sql`INSERT INTO device (tenant_id, service_provider_id, carrier_device_id, id, iccid, iccid_key, status, carrier_status,
        content_hash, created_at, changed_at) VALUES ('t2', 'p1', '000000', 'x', 'x', 'x', 'active', 'A', 'h', 1, ${NOW})`,
  ])
  const ask = () =>
    fixture.store.unit({ name: "test.ask" }, [
      enqueueJob(
        fixture.runtime,
        tellDevices({
          tenantId: TENANT.id,
          ...PROVIDER,
          syncRunId: "run1",
          billingPeriodId: "bp1",
          since: SINCE,
          occurredAt: NOW,
        }),
      ),
    ])
  return { fixture, events, devices, ask }
}

describe("the devices that a sync changed", () => {
  it("are told of once, in batches, with their usage", async () => {
    const { fixture, events, devices, ask } = await fleetFixture(1_203)
    await ask()
    await ask()
    await fixture.drain()
    const told = events.flatMap((event) => event.devices)
    expect(told.map(({ carrierDeviceId }) => carrierDeviceId)).toEqual(
      devices.filter(({ changedAt, usageAt }) => changedAt >= SINCE || usageAt !== null).map(({ id }) => id),
    )
    expect(events.map(({ batch }) => batch)).toEqual([1, 2, 3])
    expect(told[0]).toEqual({
      id: "d000000",
      carrierDeviceId: "000000",
      iccid: "000000",
      msisdn: "1555",
      imei: null,
      eid: null,
      status: "active",
      carrierStatus: "ACTIVATED",
      ratePlan: "A",
      communicationPlan: null,
      dataBytes: 7,
      smsCount: 2,
      voiceSeconds: null,
      usageAt: SINCE + 5,
      changedAt: SINCE,
      missingSince: null,
    })
    expect(events[0]).toMatchObject({ billingPeriodStartsAt: NOW - 1000, billingPeriodEndsAt: NOW + 1000 })
    expect(await fixture.dead()).toEqual([])
    fixture.store.close()
  })

  it("are not read where nobody wants to know", async () => {
    const { fixture, events, ask } = await fleetFixture(600, false)
    await ask()
    await fixture.drain()
    expect(events).toEqual([])
    const jobs = await fixture.store.rows<{ count: number }>(sql`SELECT count(*) AS count FROM job`)
    expect(jobs).toEqual([{ count: 1 }])
    fixture.store.close()
  })

  it("wait until the sync is settled", async () => {
    const { fixture, events, ask } = await fleetFixture(3)
    await fixture.store.unit({ name: "test.unsettled" }, [
      sql`INSERT INTO inventory_publication VALUES (${TENANT.id}, 'p1', 1, 'run1', 'run1', ${NOW})`,
    ])
    await ask()
    await fixture.drain(3)
    expect(events).toEqual([])
    await fixture.store.unit({ name: "test.settled" }, [sql`UPDATE inventory_publication SET unsettled_run_id = NULL`])
    await fixture.drain()
    expect(events.flatMap((event) => event.devices)).toHaveLength(1)
    fixture.store.close()
  })
})
