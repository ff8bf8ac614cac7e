import {
  createSimulator,
  DEFAULT_CREDENTIALS,
  RATE_PLANS,
  type SimulatorOptions,
} from "@altaworx/jasper-client/simulator"
import { describe, expect, it } from "vitest"
import { billingPeriodAt } from "../../domain/mod.ts"
import type { ChangeIntent, ListedDevice, ListedUsage, ScanCertificate } from "../../ports/mod.ts"
import { testRuntime } from "../../testing/mod.ts"
import { controlCenter } from "./mod.ts"

const now = Date.UTC(2026, 10, 22)

function setUp(options: SimulatorOptions = {}, apiKey = DEFAULT_CREDENTIALS.apiKey) {
  const runtime = testRuntime({ seed: 1, startAt: now, fetch: (input, init) => simulator.fetch(input, init) })
  const simulator = createSimulator({ seed: 7, devices: 400, callsPerSecond: 50, clock: runtime.clock, ...options })
  const account = { baseUrl: "http://127.0.0.1", username: DEFAULT_CREDENTIALS.username, apiKey }
  const carrier = controlCenter(account, runtime, {
    callsPerSecond: 50,
    backoff: { baseMs: 50 },
    readBackDeadlineMs: 1_000,
  })
  return { carrier, simulator, runtime }
}

async function readAll(
  carrier: ReturnType<typeof setUp>["carrier"],
  from?: { checkpoint: string; stored: Map<string, ListedDevice> },
) {
  const stored = from?.stored ?? new Map<string, ListedDevice>()
  const scan = carrier.list({
    scope: "all",
    countStored: async () => stored.size,
    ...(from && { checkpoint: from.checkpoint }),
  })
  let certificate: ScanCertificate | undefined
  for (;;) {
    const step = await scan.next()
    if (step.done) certificate = step.value
    else for (const row of step.value.rows) stored.set(row.carrierDeviceId, row)
    if (step.done) return { stored, certificate }
  }
}

describe("controlCenter()", () => {
  it("says when it began by the carrier's clock and not by ours, also where it goes on later", async () => {
    const behindMs = 3 * 3_600_000
    const runtime = testRuntime({ seed: 1, startAt: now, fetch: (input, init) => simulator.fetch(input, init) })
    const clock = { ...runtime.clock, now: () => runtime.clock.now() - behindMs }
    const simulator = createSimulator({ seed: 7, devices: 400, callsPerSecond: 50, clock })
    const account = { baseUrl: "http://127.0.0.1", ...DEFAULT_CREDENTIALS }
    const carrier = controlCenter(account, runtime, { callsPerSecond: 50 })
    const { certificate } = await readAll(carrier)
    expect(certificate?.carrierStartedAt).toBeLessThanOrEqual(now - behindMs)
    expect(certificate?.carrierStartedAt).toBeGreaterThan(now - behindMs - 10_000)

    const stored = new Map<string, ListedDevice>()
    const began = runtime.clock.now() - behindMs
    const scan = carrier.list({ scope: "all", countStored: async () => stored.size })
    const first = await scan.next()
    if (first.done) throw new Error("The scan ended before it began")
    for (const row of first.value.rows) stored.set(row.carrierDeviceId, row)
    await scan.return(undefined as never)
    await runtime.clock.advance(600_000)
    const resumed = await readAll(carrier, { checkpoint: first.value.checkpoint, stored })
    expect(resumed.certificate).toMatchObject({ certified: true })
    expect(resumed.certificate?.carrierStartedAt).toBeLessThan(began + 60_000)
  })

  it("lists every device in our words, with a certificate", async () => {
    const { carrier, simulator } = setUp()
    const { stored, certificate } = await readAll(carrier)
    expect(certificate).toMatchObject({ certified: true, reason: null, scope: "all" })
    const truth = [...simulator.state]
    expect(stored.size).toBe(truth.length)
    for (const device of truth) {
      expect(stored.get(device.iccid)).toMatchObject({
        carrierStatus: device.status,
        ratePlan: device.ratePlan,
        communicationPlan: device.communicationPlan,
      })
    }
    expect([...stored.values()].every(({ status }) => status !== "unknown")).toBe(true)
  })

  it("stitches the pages where devices may be called missing", async () => {
    const { carrier } = setUp()
    const stored = new Set<string>()
    const scan = carrier.list({ scope: "all", mayMarkMissing: true, countStored: async () => stored.size })
    let step = await scan.next()
    for (; !step.done; step = await scan.next()) for (const row of step.value.rows) stored.add(row.carrierDeviceId)
    expect(step.value).toMatchObject({ certified: true, method: "stitch-and-chase" })
    expect(stored.size).toBe(400)
  })

  it("lists the last month from the date that the run gives, and says that it is a month", async () => {
    const { carrier } = setUp()
    const scan = carrier.list({ scope: "month", since: now - 40 * 86_400_000, countStored: async () => 0 })
    let step = await scan.next()
    while (!step.done) step = await scan.next()
    expect(step.value).toMatchObject({ scope: "month" })
  })

  it("goes on from a checkpoint and still proves the whole list", async () => {
    const { carrier } = setUp()
    const stored = new Map<string, ListedDevice>()
    const scan = carrier.list({ scope: "all", countStored: async () => stored.size })
    let checkpoint = ""
    for (let batches = 0; batches < 3; batches++) {
      const step = await scan.next()
      if (step.done) throw new Error("The scan ended early")
      for (const row of step.value.rows) stored.set(row.carrierDeviceId, row)
      checkpoint = step.value.checkpoint
    }
    await scan.return(undefined as never)
    const rest = await readAll(carrier, { checkpoint, stored })
    expect(rest.certificate?.certified).toBe(true)
    expect(rest.stored.size).toBe(400)
  })

  it("reads prices, allowances and pools of the price list", async () => {
    const { carrier } = setUp()
    const plans = await carrier.ratePlans()
    expect(plans).toHaveLength(RATE_PLANS.length)
    for (const plan of RATE_PLANS) {
      expect(plans.find(({ name }) => name === plan.name)).toMatchObject({
        monthly: plan.monthlyMicros,
        includedBytes: plan.includedMegabytes * 1_048_576,
        pool: plan.pooled ? plan.name : null,
        overageCost: plan.overageMicrosPerMegabyte,
        overageBlockBytes: 1_048_576,
      })
    }
  })

  it("reads usage that sums to each device's own, from a checkpoint too", async () => {
    const { carrier, simulator } = setUp()
    const ratePlans = (await carrier.ratePlans()).map(({ name, version }) => ({ name, version }))
    const period = billingPeriodAt({ endDay: 28, endHour: 0, timeZone: "UTC" }, now)
    const rows: ListedUsage[] = []
    let checkpoint: string | undefined
    for await (const batch of carrier.usage({ ratePlans, period })) {
      rows.push(...batch.rows)
      checkpoint = batch.checkpoint
      if (rows.length > 100) break
    }
    for await (const batch of carrier.usage({ ratePlans, period, ...(checkpoint && { checkpoint }) }))
      rows.push(...batch.rows)
    const sums = new Map<string, number>()
    for (const { carrierDeviceId, bytes } of rows) sums.set(carrierDeviceId, (sums.get(carrierDeviceId) ?? 0) + bytes)
    for (const { iccid, usageBytes } of simulator.state)
      expect([iccid, sums.get(iccid) ?? 0]).toEqual([iccid, usageBytes])
    expect(new Set(rows.map(({ carrierDeviceId, part }) => `${carrierDeviceId} ${part}`)).size).toBe(rows.length)
  })

  it("changes a rate plan and sees it when it is read back", async () => {
    const { carrier, simulator } = setUp()
    const [device] = simulator.state
    const intent = intentFor(device?.iccid ?? "", device?.ratePlan === "Flex 1MB" ? "Flex 8MB" : "Flex 1MB")
    expect(await carrier.readBack(intent)).toMatchObject({ outcome: "pending" })
    expect(await carrier.change(intent)).toMatchObject({ outcome: "applied" })
    expect(await carrier.readBack(intent)).toMatchObject({ outcome: "applied" })
    expect(simulator.writes).toHaveLength(1)
  })

  it("calls a refused change refused, with the carrier's code, and an unknown device absent", async () => {
    const { carrier, simulator } = setUp()
    const [device] = simulator.state
    expect(await carrier.change(intentFor(device?.iccid ?? "", "No such plan"))).toMatchObject({
      outcome: "refused",
      code: "10000013",
    })
    expect(await carrier.get("8900000000000000017")).toBeUndefined()
  })

  it("names refused credentials without showing them", async () => {
    const { carrier } = setUp({}, "a-key-nobody-should-see")
    const error = await carrier.ratePlans().catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: "carrier.credentials", retryable: false })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("nobody-should-see")
  })
})

const intentFor = (carrierDeviceId: string, ratePlan: string): ChangeIntent => ({
  id: "intent-1",
  changeType: "CarrierRatePlanChange",
  carrierDeviceId,
  ratePlan,
  communicationPlan: null,
})
