import Papa from "papaparse"
import { describe, expect } from "vitest"
import {
  amopDeliverer,
  type ChangedDevice,
  type NotificationEvent,
  objectStorageDeliverer,
} from "../../src/notifications/mod.ts"
import { completed, deviceChanged, progress, summary } from "../notifications/events.ts"
import { notificationFixture } from "../notifications/fixture.ts"
import { startReceiver } from "../notifications/receiver.ts"
import { defect } from "./defect.ts"

type Data = Readonly<Record<string, unknown>>

/** What AMOP 2.0 gets for some events of a tenant, as the texts on the wire. */
async function amopMessages(events: readonly NotificationEvent[], tenantName?: string): Promise<readonly string[]> {
  await using receiver = await startReceiver()
  using fixture = await notificationFixture([amopDeliverer({ url: receiver.url })])
  if (tenantName !== undefined) await fixture.rename(tenantName)
  await fixture.tell(...events)
  await fixture.drain()
  return receiver.requests.map(({ body }) => body)
}

/** What object storage gets, and what is known to have failed where it answers with an error. */
async function store(events: readonly ReturnType<typeof deviceChanged>[], status = 200) {
  await using receiver = await startReceiver(() => ({ status }))
  const settings = { endpoint: receiver.url, region: "r", bucket: "b", accessKeyId: "i", secretAccessKey: "s" }
  using fixture = await notificationFixture([objectStorageDeliverer({ settings })])
  await fixture.tell(...events)
  await fixture.drain()
  const objects = receiver.requests.map(({ url, body }) => ({ key: url, body }))
  return { objects, failures: (await fixture.dead()).length }
}

const dataOf = (body: string) => (JSON.parse(body) as { data: Data }).data

describe("messages of the earlier system that we reject", () => {
  defect(
    13,
    "every progress message carries the session's own data",
    {
      ours: async (percents: readonly number[]) =>
        (await amopMessages(percents.map((percent) => progress(percent)))).map(dataOf),
      // The second pass runs in another process, whose fields were never set.
      legacy: async (percents: readonly number[]): Promise<readonly Data[]> =>
        percents.map((Progress, pass) => ({
          Progress,
          DeviceCount: pass === 0 ? 1234 : 0,
          AdditionalJson: pass === 0 ? '{"data":{"ServiceProviderId":"p1"}}' : null,
        })),
    },
    async (messages) => {
      for (const { AdditionalJson, DeviceCount } of await messages([20, 30])) {
        expect(DeviceCount).toBe(1234)
        expect(JSON.parse(String(AdditionalJson))).toMatchObject({ data: { ServiceProviderId: "p1" } })
      }
    },
  )

  defect(
    19,
    "a message that the receiver refuses is kept with its reason",
    {
      ours: async (status: number) => {
        await using receiver = await startReceiver(() => ({ status }))
        using fixture = await notificationFixture([amopDeliverer({ url: receiver.url })])
        await fixture.tell(progress(0), progress(20), summary())
        await fixture.drain()
        return (await fixture.dead()).map(({ errorCode }) => String(errorCode))
      },
      legacy: async (status: number) => {
        const dead: string[] = []
        try {
          throw new Error(String(status))
        } catch {
          // Logged; nobody sees it again.
        }
        return dead
      },
    },
    async (refused) => expect(await refused(400)).toEqual(Array(3).fill("notification.refused")),
  )

  const words: Readonly<Record<string, string>> = { Jasper: "jasper_devices", Pond: "pond_inventories" }
  defect(
    34,
    "the message that a sync is complete is JSON whatever the tenant is called, also for eBonding",
    {
      ours: async (integrationType: string, tenantName: string) =>
        (await amopMessages([summary({ integrationType })], tenantName))[0] ?? "",
      legacy: async (integrationType: string, tenantName: string) => {
        const word = words[integrationType]
        if (word === undefined) throw new Error("not supported")
        return `{"data":{"key_name":"${word}","tenant_id":"t1","tenant_name":"${tenantName}"}}`
      },
    },
    async (message) => {
      const name = 'The "Example" \\ company'
      expect(dataOf(await message("Jasper", name))).toMatchObject({ key_name: "jasper_devices", tenant_name: name })
      expect(dataOf(await message("eBonding", name))).toMatchObject({ key_name: "ebonding_devices" })
    },
  )

  const at = (hour: number) => Date.UTC(2026, 10, 22, hour, 5, 9)
  defect(
    36,
    "the device log of one provider, or of one time of day, does not take another's place",
    {
      ours: async (events: readonly ReturnType<typeof deviceChanged>[]) =>
        (await store(events)).objects.map(({ key }) => key),
      // The provider is not in it, and the hours are those of a dial.
      legacy: async (events: readonly ReturnType<typeof deviceChanged>[]) =>
        events.map(({ occurredAt }) => {
          const time = new Date(occurredAt)
          return `Jasper-${time.toISOString().slice(0, 10)}-${time.getUTCHours() % 12 || 12}.txt`
        }),
    },
    async (keysOf) => {
      const afternoon = { occurredAt: at(13), batch: 2 }
      const keys = await keysOf([
        deviceChanged({ occurredAt: at(1) }),
        deviceChanged(afternoon),
        deviceChanged({ ...afternoon, serviceProviderId: "p2", syncRunId: "run2" }),
      ])
      expect(new Set(keys).size).toBe(3)
    },
  )

  const [device] = deviceChanged().devices as [ChangedDevice]
  defect(
    36,
    "the device log has the columns it says, whatever is in them",
    {
      ours: async (id: string) =>
        (await store([deviceChanged({ devices: [{ ...device, id }] })])).objects[0]?.body ?? "",
      legacy: async (id: string) => `ID,ICCID\n${[id, device.iccid].join(",")}`,
    },
    async (fileOf) => {
      const id = 'd,"1"\r\n2'
      const csv = await fileOf(id)
      const { data, errors } = Papa.parse<Readonly<Record<string, string>>>(csv, { header: true, skipEmptyLines: true })
      expect(errors).toEqual([])
      expect(data).toMatchObject([{ ID: id }])
    },
  )

  defect(
    36,
    "the device log is written, or known not to be",
    {
      ours: async (status: number) => (await store([deviceChanged()], status)).failures,
      // Nobody waits for the upload.
      legacy: async (status: number) => {
        const failures: unknown[] = []
        const upload = async () => Promise.reject(new Error(String(status)))
        upload().catch(() => undefined)
        return failures.length
      },
    },
    async (failuresOf) => expect(await failuresOf(403)).toBe(1),
  )

  defect(
    55,
    "errors of a customer's session name the customer and the session",
    {
      ours: async (event: NotificationEvent) => dataOf((await amopMessages([event]))[0] ?? ""),
      legacy: async (): Promise<Data> => ({ CustomerId: "account-123", OptimizationSessionGuid: null }),
    },
    async (messageOf) => {
      const failed = completed({ status: "CompleteWithErrors", customerId: "customer-7", errorMessage: "no plans" })
      expect(await messageOf(failed)).toMatchObject({ CustomerId: "customer-7", OptimizationSessionGuid: "s1" })
    },
  )
})
