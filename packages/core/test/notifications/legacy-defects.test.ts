import Papa from "papaparse"
import { describe, expect, it } from "vitest"
import { runDueJobs } from "../../src/jobs/mod.ts"
import {
  amopDeliverer,
  type ChangedDevice,
  type NotificationEvent,
  objectStorageDeliverer,
} from "../../src/notifications/mod.ts"
import { completed, deviceChanged, others, progress, summary } from "./events.ts"
import { notificationFixture } from "./fixture.ts"
import { startReceiver } from "./receiver.ts"

// Each defect of the legacy system as a rule in a few lines, beside what we send: the same check must take ours and
// reject theirs.

const CHECKPOINTS = [0, 20, 25, 30, 40, 50, 72, 100]

/** The messages that AMOP 2.0 gets for some events. */
async function amopMessages(...events: readonly NotificationEvent[]) {
  await using receiver = await startReceiver()
  using fixture = await notificationFixture([amopDeliverer({ url: receiver.url })])
  await fixture.tell(...events)
  await fixture.drain()
  return receiver.requests.map(({ body }) => body)
}

/** The object that storage gets for each batch. */
async function storedObjects(...events: ReturnType<typeof deviceChanged>[]) {
  await using receiver = await startReceiver()
  const settings = { endpoint: receiver.url, region: "r", bucket: "b", accessKeyId: "i", secretAccessKey: "s" }
  using fixture = await notificationFixture([objectStorageDeliverer({ settings })])
  await fixture.tell(...events)
  await fixture.drain()
  return receiver.requests.map(({ url, body }) => ({ key: url, body }))
}

const dataOf = (body: string) => (JSON.parse(body) as { data: Record<string, unknown> }).data

describe("defect 13: progress", () => {
  const isComplete = (percents: readonly unknown[]) =>
    percents.at(-1) === 100 && percents.every((percent, at) => at === 0 || Number(percent) > Number(percents[at - 1]))

  it("reaches 100, and never stands still or goes back", async () => {
    const ours = (await amopMessages(...CHECKPOINTS.map((percent) => progress(percent)))).map(
      (body) => dataOf(body)["Progress"],
    )
    // Sends 40 after the queueing and again at every poll, and 50 at the end.
    const legacy = [0, 20, 30, 40, 40, 40, 50]
    expect(isComplete(ours)).toBe(true)
    expect(isComplete(legacy)).toBe(false)
  })

  it("carries the session's own data in every message", async () => {
    const isWhole = (body: string) => {
      const { AdditionalJson, DeviceCount } = dataOf(body)
      const more = JSON.parse(String(AdditionalJson)) as { data?: { ServiceProviderId?: string } } | null
      return more?.data?.ServiceProviderId === "p1" && DeviceCount === 1234
    }
    const ours = await amopMessages(progress(20), progress(30))
    // The second pass is another process, whose fields were never set.
    const legacy = [20, 30].map((Progress, pass) =>
      JSON.stringify({
        data: {
          Progress,
          DeviceCount: pass === 0 ? 1234 : 0,
          AdditionalJson: pass === 0 ? '{"data":{"ServiceProviderId":"p1"}}' : null,
        },
      }),
    )
    expect(ours.every(isWhole)).toBe(true)
    expect(legacy.every(isWhole)).toBe(false)
  })
})

describe("defect 34: the message that a sync is complete", () => {
  const run = [others[0], summary()].filter((event) => event !== undefined)

  it("comes once, of the sync that is complete", async () => {
    // Of every invocation, also of those that were not ready or failed.
    const legacy = run.map(() => "jasper_devices")
    const ours = (await amopMessages(...run)).map((body) => dataOf(body)["key_name"])
    const isOnce = (keys: readonly unknown[]) => keys.length === 1 && keys[0] === "jasper_devices"
    expect(isOnce(ours)).toBe(true)
    expect(isOnce(legacy)).toBe(false)
  })

  it("knows eBonding", async () => {
    const legacyKey = (integration: string) => {
      const keys: Record<string, string> = { Jasper: "jasper_devices", Pond: "pond_inventories" }
      if (!(integration in keys)) throw new Error("not supported")
      return keys[integration]
    }
    const [body = ""] = await amopMessages(summary({ integrationType: "eBonding" }))
    expect(dataOf(body)["key_name"]).toBe("ebonding_devices")
    expect(() => legacyKey("eBonding")).toThrow()
  })

  it("is JSON whatever the tenant is called", async () => {
    const name = 'The "Example" \\ company'
    await using receiver = await startReceiver()
    using fixture = await notificationFixture([amopDeliverer({ url: receiver.url })])
    await fixture.rename(name)
    await fixture.tell(summary())
    await fixture.drain()
    const says = (body: string) => {
      try {
        return dataOf(body)["tenant_name"] === name
      } catch {
        return false
      }
    }
    const legacy = `{"data":{"key_name":"jasper_devices","tenant_id":"t1","tenant_name":"${name}"}}`
    expect(receiver.requests.map(({ body }) => says(body))).toEqual([true])
    expect(says(legacy)).toBe(false)
  })
})

describe("defect 36: the device log", () => {
  const at = (hour: number) => Date.UTC(2026, 10, 22, hour, 5, 9)

  it("of one provider, or of one time of day, does not take another's place", async () => {
    const events = [
      deviceChanged({ occurredAt: at(1) }),
      deviceChanged({ occurredAt: at(13), batch: 2 }),
      deviceChanged({ occurredAt: at(13), batch: 2, serviceProviderId: "p2", syncRunId: "run2" }),
    ]
    const ours = (await storedObjects(...events)).map(({ key }) => key)
    // The provider is not in it, and the hours are those of a dial.
    const legacy = events.map(({ occurredAt }) => {
      const time = new Date(occurredAt)
      return `Jasper-${time.toISOString().slice(0, 10)}-${time.getUTCHours() % 12 || 12}.txt`
    })
    expect(new Set(ours).size).toBe(3)
    expect(new Set(legacy).size).toBeLessThan(3)
  })

  it("has the columns it says, whatever is in them", async () => {
    const [device] = deviceChanged().devices as [ChangedDevice]
    const event = deviceChanged({ devices: [{ ...device, id: 'd,"1"\r\n2' }] })
    const isRight = (csv: string) => {
      const { data, errors } = Papa.parse<Record<string, string>>(csv, { header: true, skipEmptyLines: true })
      return errors.length === 0 && data.length === 1 && data[0]?.["ID"] === 'd,"1"\r\n2'
    }
    const [ours] = await storedObjects(event)
    const legacy = `ID,ICCID\n${event.devices.map(({ id, iccid }) => [id, iccid].join(",")).join("\n")}`
    expect(isRight(ours?.body ?? "")).toBe(true)
    expect(isRight(legacy)).toBe(false)
  })

  it("is written, or known not to be", async () => {
    await using receiver = await startReceiver(() => ({ status: 403 }))
    const settings = { endpoint: receiver.url, region: "r", bucket: "b", accessKeyId: "i", secretAccessKey: "s" }
    using fixture = await notificationFixture([objectStorageDeliverer({ settings })])
    await fixture.tell(deviceChanged())
    await fixture.drain()
    const legacy: string[] = []
    // Nobody waits for the upload.
    const upload = async () => Promise.reject(new Error("403"))
    upload().catch(() => undefined)
    const knows = (notes: readonly unknown[]) => notes.length === 1
    expect(knows(await fixture.dead())).toBe(true)
    expect(knows(legacy)).toBe(false)
  })
})

describe("defect 55: errors of a customer's session", () => {
  it("name the customer and the session", async () => {
    const isRight = (body: string) => {
      const { CustomerId, OptimizationSessionGuid } = dataOf(body)
      return CustomerId === "customer-7" && OptimizationSessionGuid === "s1"
    }
    const failed = completed({ status: "CompleteWithErrors", customerId: "customer-7", errorMessage: "no plans" })
    const [ours = ""] = await amopMessages(failed)
    const legacy = JSON.stringify({ data: { CustomerId: "account-123", OptimizationSessionGuid: null } })
    expect(isRight(ours)).toBe(true)
    expect(isRight(legacy)).toBe(false)
  })
})

describe("defect 19: handlers that swallow what goes wrong", () => {
  it("every event ends delivered or as a dead letter with its reason", async () => {
    await using receiver = await startReceiver(() => ({ status: 400 }))
    using fixture = await notificationFixture([amopDeliverer({ url: receiver.url })])
    await fixture.tell(progress(0), progress(20), summary())
    await fixture.drain()
    expect((await fixture.dead()).map(({ errorCode }) => errorCode)).toEqual(Array(3).fill("notification.refused"))
    expect((await runDueJobs(fixture.core)).nextDueAt).toBeNull()
  })
})
