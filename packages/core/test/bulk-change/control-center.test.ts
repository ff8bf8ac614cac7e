import type { FaultRule } from "@altaworx/jasper-client/simulator"
import { describe, expect, it } from "vitest"
import { bulkChangeHandlers } from "../../src/bulk-change/process/handlers.ts"
import { eachBulkChangeDevice, getBulkChange } from "../../src/bulk-change/queries.ts"
import { receiveBulkChange } from "../../src/bulk-change/receive/receive-bulk-change.ts"
import { CONTROL_CENTER_FAMILY, type ControlCenterType } from "../../src/carriers/control-center/mod.ts"
import { findDeviceDetails } from "../../src/inventory/mod.ts"
import { runDueJobs } from "../../src/jobs/mod.ts"
import { openAccounts, type SimulatedAccount } from "./simulated-accounts.ts"

/** One account of 200 devices. */
async function openAccount(integrationType: ControlCenterType, rules: readonly FaultRule[] = []) {
  const { store, runtime, accounts } = await openAccounts(7, [
    { integrationType, devices: 200, callsPerSecond: 50, rules },
  ])
  const { id, simulator, connect } = accounts[0] as SimulatedAccount
  const carrier = connect()
  const core = { store, runtime, carrierFor: async () => carrier }
  const run = async (request: Record<string, unknown>) => {
    const change = await receiveBulkChange(core, {
      tenantId: "t",
      createdBy: "test",
      role: "operator",
      request: { serviceProviderId: id, processChanges: true, ...request },
    })
    const host = { store, runtime, handlers: bulkChangeHandlers({ carrierFor: core.carrierFor }) }
    for (;;) {
      const { nextDueAt } = await runDueJobs(host)
      if (nextDueAt === null) break
      await runtime.clock.sleep(nextDueAt - runtime.clock.now())
    }
    expect((await getBulkChange(core, "t", change.id)).state).toBe("done")
    const devices = []
    for await (const page of eachBulkChangeDevice(core, { tenantId: "t", id: change.id })) devices.push(...page)
    return devices
  }
  const find = (status: string) => [...simulator.state].find((device) => device.status === status)?.iccid ?? ""
  return { core, simulator, run, find, carrier }
}

const TYPES = Object.keys(CONTROL_CENTER_FAMILY) as ControlCenterType[]
const editFault = (fault: FaultRule["fault"], more: Partial<FaultRule> = {}): FaultRule => ({
  fault,
  on: "editDevice",
  ...more,
})

interface Ask {
  readonly name: string
  readonly from: string
  readonly request: (iccid: string) => Record<string, unknown>
  readonly shows: (device: { status: string; ratePlan: string } | undefined) => boolean | undefined
}

const ASKS: readonly Ask[] = [
  {
    name: "StatusUpdate",
    from: "DEACTIVATED",
    request: (iccid) => ({ changeType: 1, devices: [iccid], statusUpdate: { updateStatus: "Activated" } }),
    shows: (device) => device?.status === "ACTIVATED",
  },
  {
    name: "CarrierRatePlanChange",
    from: "ACTIVATED",
    request: (iccid) => ({ changeType: 2, devices: [iccid], carrierRatePlanUpdate: { carrierRatePlan: "Flex 60MB" } }),
    shows: (device) => device?.ratePlan === "Flex 60MB",
  },
  {
    name: "EditUsername",
    from: "ACTIVATED",
    request: (iccid) => ({
      changeType: 9,
      devices: [iccid],
      username: { ContactName: "Pump 7", accountCustom3: "west" },
    }),
    shows: () => undefined,
  },
]

describe.each(TYPES)("%s accounts", { timeout: 60_000 }, (type) => {
  const outcomes: readonly (readonly [string, readonly FaultRule[], string, string | null])[] = [
    ["success", [], "PROCESSED", null],
    ["a rate limit that passes", [editFault("throttle429", { limit: 2 })], "PROCESSED", null],
    ["an answer lost after the effect", [editFault("lostReply")], "PROCESSED", null],
    ["a silent no-op", [{ fault: "silentNoOp" }], "API_FAILED", "not_applied"],
    ["a write that shows late", [{ fault: "lateRead", maxDelayMs: 1_000 }], "PROCESSED", null],
  ]
  const cases = ASKS.flatMap((ask) => outcomes.map((outcome) => [ask.name, outcome[0], ask, outcome] as const))

  it.each(cases)("%s: %s", async (_name, _scenario, ask, [, rules, status, code]) => {
    const { simulator, run, find } = await openAccount(type, rules)
    const iccid = find(ask.from)
    const [row] = await run(ask.request(iccid))
    expect([row?.status, row?.code]).toEqual([status, code])
    const shown = ask.shows(simulator.state.get(iccid))
    if (shown !== undefined) expect(shown).toBe(status === "PROCESSED")
    expect(simulator.writes.filter((write) => write.iccid === iccid)).toHaveLength(1)
  })

  it("refuses in the plan, by name, what Control Center has no call for", async () => {
    const { run, find, simulator } = await openAccount(type)
    const iccid = find("ACTIVATED")
    for (const request of [
      { changeType: 6, devices: ["8999000000000000001"], activation: { carrierRatePlan: "Flex 1MB" } },
      { changeType: 7, devices: [iccid], revService: {} },
      { changeType: 8, devices: [iccid], identifierChange: { newICCIDs: ["8999000000000000001"] } },
    ]) {
      const [row] = await run(request)
      expect([row?.status, row?.code]).toEqual(["ERROR", "change_unsupported"])
      expect(row?.text).toContain(`${type} accounts cannot do`)
    }
    expect(simulator.writes).toEqual([])
  })

  it("refuses in the plan every transition that the carrier would", async () => {
    const { run, find, simulator, carrier } = await openAccount(type)
    const [row] = await run({
      changeType: 1,
      devices: [find("ACTIVATED")],
      statusUpdate: { updateStatus: "TEST_READY" },
    })
    expect([row?.status, row?.code]).toEqual(["ERROR", "transition_refused"])
    expect(simulator.writes).toEqual([])
    for (const fact of Object.values(carrier.capabilities)) {
      if (typeof fact === "object")
        expect(fact).toMatchObject({ source: expect.stringMatching(/\w/), asOf: expect.stringMatching(/^\d{4}-/) })
    }
  })

  it("moves to the cheapest fitting plan before it deactivates, and back again when that fails", async () => {
    const good = await openAccount(type)
    const request = (iccid: string) => ({
      changeType: 1,
      devices: [iccid],
      statusUpdate: { updateStatus: "deactivated" },
    })
    const iccid =
      [...good.simulator.state].find(({ status, ratePlan }) => status === "ACTIVATED" && ratePlan !== "Flex 1MB")
        ?.iccid ?? ""
    const before = good.simulator.state.get(iccid)
    await good.run(request(iccid))
    expect(good.simulator.writes.map(({ fields }) => fields)).toEqual([
      { ratePlan: "Flex 1MB" },
      { status: "DEACTIVATED" },
    ])
    const bad = await openAccount(type, [editFault("silentNoOp", { nth: 2 })])
    const [row] = await bad.run(request(iccid))
    expect(row).toMatchObject({ status: "API_FAILED", text: expect.stringContaining("taken back") })
    expect(bad.simulator.state.get(iccid)).toMatchObject({ status: "ACTIVATED", ratePlan: before?.ratePlan })
  })
})

describe("an edit of the user name", { timeout: 60_000 }, () => {
  it("is known to the inventory after it, so that the next one can be taken back", async () => {
    const { core, run, find } = await openAccount("POD19")
    const iccid = find("ACTIVATED")
    const ask = (name: string) => ({ changeType: 9, devices: [iccid], username: { ContactName: name } })
    expect((await run(ask("Pump 7")))[0]).toMatchObject({ isIrreversible: true, status: "PROCESSED" })
    const details = await findDeviceDetails(core, { tenantId: "t", serviceProviderId: "p0", carrierDeviceIds: [iccid] })
    expect(details[0]?.fields["username"]).toBe("Pump 7")
    expect((await run(ask("Pump 8")))[0]).toMatchObject({ isIrreversible: false, from: { username: "Pump 7" } })
    expect((await run(ask("Pump 8")))[0]).toMatchObject({ status: "ERROR", code: "no_change" })
  })
})
