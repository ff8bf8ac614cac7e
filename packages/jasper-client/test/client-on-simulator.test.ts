import { describe, expect, test, vi } from "vitest"
import { createJasperClient, type JasperClient, type ScanCertificate, type ScanOptions } from "../src/mod.ts"
import {
  createSimulator,
  DEFAULT_CREDENTIALS,
  type FaultName,
  type Simulator,
  type SimulatorOptions,
} from "../src/simulator/mod.ts"
import { createVirtualClock, type VirtualClock } from "./virtual-clock.ts"

// Machines differ, and so do their neighbours: none of these tests is about speed.
vi.setConfig({ testTimeout: 60_000 })

/** A client and a simulator on one virtual clock. */
function pair(options: SimulatorOptions): {
  readonly client: JasperClient
  readonly simulator: Simulator
  readonly clock: VirtualClock
} {
  const clock = createVirtualClock()
  const simulator = createSimulator({ seed: 7, devices: 730, clock, ...options })
  const client = createJasperClient({
    baseUrl: "http://simulator",
    ...DEFAULT_CREDENTIALS,
    clock,
    random: () => 0.5,
    fetch: (request) => simulator.fetch(request),
  })
  return { client, simulator, clock }
}

/** Scans, and compares the last row of each device with the truth. */
async function scan(
  client: JasperClient,
  simulator: Simulator,
  options: Partial<ScanOptions> = {},
): Promise<{ readonly certificate: ScanCertificate; readonly lost: number; readonly wrong: number }> {
  const latest = new Map<string, string | null>()
  const batches = client.devices.scan({ scope: "all", ...options })
  for (;;) {
    const step = await batches.next()
    if (step.done !== true) {
      for (const row of step.value.rows) latest.set(row.iccid, `${row.ratePlan}/${row.communicationPlan}`)
      continue
    }
    let lost = 0
    let wrong = 0
    for (const device of simulator.state) {
      if (!latest.has(device.iccid)) lost += 1
      else if (latest.get(device.iccid) !== `${device.ratePlan}/${device.communicationPlan}`) wrong += 1
    }
    return { certificate: step.value, lost, wrong }
  }
}

const HARMLESS: readonly FaultName[] = [
  "throttle429",
  "throttle400",
  "throttle503",
  "throttleRetryAfter",
  "throttleRetryAfterDate",
  "serverError",
  "emptyServerError",
  "gatewayError",
  "gatewayTimeout",
  "drop",
  "hang",
  "errorInSuccess",
  "htmlInSuccess",
  "lostReply",
  "slowAnswer",
  "truncatedBody",
  "lastPageMissing",
  "lastPageLate",
  "lastPageEarly",
  "shortPage",
  "repeatedRow",
  "unknownStatus",
  "extraField",
  "dateMissing",
  "churn",
]

describe("a scan of the simulated carrier is complete, whatever goes wrong on the way", () => {
  for (const fault of HARMLESS) {
    test(fault, async () => {
      for (const stitch of [false, true]) {
        const { client, simulator, clock } = pair({
          faults: { rules: [{ fault, oncePer: 9, limit: 20 }] },
          modes: { pastTheEnd: stitch ? "error" : "empty" },
        })
        const result = await clock.run(scan(client, simulator, { stitch }))
        expect({ stitch, ...result }).toMatchObject({ stitch, lost: 0, wrong: 0, certificate: { certified: true } })
      }
    })
  }

  test("the default faults and drift", async () => {
    const { client, simulator, clock } = pair({ faults: "default", devices: 2_000 })
    const { certificate, lost, wrong } = await clock.run(scan(client, simulator))
    expect({ lost, wrong }).toEqual({ lost: 0, wrong: 0 })
    expect(certificate).toMatchObject({ certified: true, listed: 2_000 })
    expect(certificate.calls).toBeLessThanOrEqual(1.15 * 40 + 40)
    expect(certificate.calls).toBe(simulator.stats.calls)
  })

  test("a revoked key ends it, and nothing more is sent", async () => {
    const { client, simulator, clock } = pair({ faults: { rules: [{ fault: "keyRevoked", nth: 12 }] } })
    const error = await clock.run(scan(client, simulator).catch((reason: unknown) => reason))
    expect(error).toMatchObject({ code: "auth.unauthorized" })
    const { calls } = simulator.stats
    await expect(clock.run(client.echo("x"))).rejects.toMatchObject({ code: "auth.unauthorized" })
    expect(simulator.stats.calls).toBe(calls)
  })

  test("a carrier that announces its count is found the end of in fewer calls", async () => {
    const run = async (totalCount: boolean): Promise<ScanCertificate> => {
      const { client, simulator, clock } = pair({ devices: 3_000, modes: { totalCount } })
      return (await clock.run(scan(client, simulator))).certificate
    }
    expect((await run(true)).calls).toBeLessThan((await run(false)).calls)
  })
})

test("usage by rate plan adds up to what each device has used", async () => {
  const { client, simulator, clock } = pair({ devices: 300 })
  const work = async (): Promise<void> => {
    const sums = new Map<string, number>()
    for await (const plan of client.ratePlans.list()) {
      for await (const row of client.usages.byRatePlan(plan.name)) {
        sums.set(row.iccid, (sums.get(row.iccid) ?? 0) + row.dataBytes)
      }
    }
    expect(sums.size).toBeGreaterThan(100)
    for (const device of simulator.state) expect(sums.get(device.iccid) ?? 0).toBe(device.usageBytes)
    const [first] = [...sums.keys()]
    const usage = await client.devices.cycleUsage(first ?? "")
    expect(usage.dataBytes).toBe(sums.get(first ?? ""))
  }
  await clock.run(work())
})

describe("edits", () => {
  const changes = async (fault: FaultName | undefined) => {
    const { client, simulator, clock } = pair({
      devices: 20,
      faults: fault === undefined ? "off" : { rules: [{ fault, on: "editDevice", nth: 1, maxDelayMs: 5_000 }] },
    })
    const [device] = [...simulator.state]
    const iccid = device?.iccid ?? ""
    const outcome = await clock.run(
      client.devices.editAndVerify(iccid, { accountCustom1: "moved" }, { deadlineMs: 20_000 }),
    )
    return { outcome: outcome.outcome, reason: outcome.reason, writes: simulator.writes.length }
  }

  test.each([
    [undefined, { outcome: "applied", writes: 1 }],
    ["lateRead", { outcome: "applied", writes: 1 }],
    ["lostReply", { outcome: "applied", writes: 1 }],
    ["silentNoOp", { outcome: "unknown", reason: "silent_no_op_suspected" }],
    ["drop", { outcome: "unknown", reason: "reply_lost", writes: 0 }],
    ["serverError", { outcome: "unknown", reason: "reply_lost", writes: 0 }],
    ["throttle400", { outcome: "applied", writes: 1 }],
    // The carrier's "unknown server error", under whatever status, leaves open what happened.
    ["errorInSuccess", { outcome: "unknown", reason: "reply_lost", writes: 0 }],
  ] as const)("%s", async (fault, expected) => {
    expect(await changes(fault)).toMatchObject(expected)
  })
})
