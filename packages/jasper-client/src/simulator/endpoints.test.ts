import { describe, expect, it } from "vitest"
import { DEFAULT_TRANSITIONS, SIM_STATUSES, transitionOutcome } from "./status-transitions.ts"
import { type Caller, openCaller, searchPath } from "./testing/caller.ts"

const DAY_MS = 86_400_000

/** The first SIM that was active all along and used data. */
function activeSim({ simulator }: Caller) {
  const found = [...simulator.state].find((device) => device.status === "ACTIVATED" && device.usageBytes > 0)
  if (found === undefined) throw new Error("The fleet has no active SIM with usage")
  return found
}

describe("effectiveDate", () => {
  it("answers 202 and lets the edit happen on that day", async () => {
    const caller = openCaller()
    const { iccid, ratePlan } = activeSim(caller)
    const target = ratePlan === "Flex 60MB" ? "Flex 8MB" : "Flex 60MB"
    const answer = await caller.put(iccid, { ratePlan: target, effectiveDate: "2026-03-20Z" })
    expect([answer.status, answer.json()]).toEqual([202, { iccid }])
    expect(caller.simulator.state.get(iccid)?.ratePlan).toBe(ratePlan)
    caller.clock.pass(10 * DAY_MS)
    const details = (await caller.get(`/devices/${iccid}`)).json()
    expect(details).toMatchObject({ ratePlan: target, dateUpdated: "2026-03-20 00:00:00.000+0000" })
  })

  it.each(["2026-09-07Z", "soon", "2026-13-01Z"])("refuses %s: no day, or more than 180 days ahead", async (text) => {
    const caller = openCaller()
    const { iccid } = activeSim(caller)
    const answer = await caller.put(iccid, { deviceID: "x", effectiveDate: text })
    expect(answer.json().errorCode).toBe("10000012")
  })
})

describe("overageLimitOverride", () => {
  it("falls back to the default when the cycle ends, if it is temporary", async () => {
    const caller = openCaller()
    const [first, second] = [...caller.simulator.state]
    await caller.put(first!.iccid, { overageLimitOverride: "TEMPORARY_OVERRIDE" })
    await caller.put(second!.iccid, { overageLimitOverride: "PERMANENT_OVERRIDE" })
    const overrides = async () =>
      Promise.all(
        [first, second].map(
          async (device) => (await caller.get(`/devices/${device!.iccid}/ctdUsages`)).json().overageLimitOverride,
        ),
      )
    expect(await overrides()).toEqual(["TEMPORARY_OVERRIDE", "PERMANENT_OVERRIDE"])
    caller.simulator.clock.jumpToCycleEnd()
    expect(await overrides()).toEqual(["DEFAULT", "PERMANENT_OVERRIDE"])
  })
})

describe("GET /devices/{iccid}/usageInZone", () => {
  it("adds up to the cycle-to-date usage, by plan and zone", async () => {
    const caller = openCaller({ devices: 500 })
    for (const { iccid, usageBytes, smsCount } of [...caller.simulator.state].slice(0, 100)) {
      const answer = (await caller.get(`/devices/${iccid}/usageInZone`)).json()
      const rows = Object.values(answer.deviceCycleUsageInZones).flat() as any[]
      expect(rows.reduce((sum, row) => sum + row.dataUsage, 0)).toBe(usageBytes)
      expect(rows.reduce((sum, row) => sum + row.smsmtusage + row.smsmousage, 0)).toBe(smsCount)
    }
  })

  it("knows the last three cycles only", async () => {
    const caller = openCaller()
    const { iccid, ratePlan } = activeSim(caller)
    const ask = async (query: string) => (await caller.get(`/devices/${iccid}/usageInZone?${query}`)).json()
    expect(await ask("cycleStartDate=2026-01-01Z")).toMatchObject({
      cycleStartDate: "2026-01-01T00:00:00.000Z",
      cycleEndDate: "2026-01-31T23:59:59.000Z",
    })
    for (const day of ["2025-12-01Z", "2026-02-02", "2026-04-01"]) {
      expect((await ask(`cycleStartDate=${day}`)).errorCode).toBe("10000032")
    }
    expect((await ask("zone=Mars")).errorCode).toBe("10000031")
    expect(Object.keys((await ask("zone=Home")).deviceCycleUsageInZones)).toEqual([`${ratePlan}, 1`])
  })

  it("reports cycles of an operator that is not at UTC as UTC instants of its midnight", async () => {
    const caller = openCaller({ modes: { utcOffsetHours: 8 } })
    const answer = (await caller.get(`/devices/${activeSim(caller).iccid}/usageInZone`)).json()
    expect(answer.cycleStartDate).toBe("2026-02-28T16:00:00.000Z")
  })
})

describe("GET /devices/{iccid}/sessionInfo", () => {
  it("tells apart never in session, online, and offline", async () => {
    const caller = openCaller({ devices: 300 })
    const seen = new Set<string>()
    for (const { iccid, status } of caller.simulator.state) {
      const session = (await caller.get(`/devices/${iccid}/sessionInfo`)).json()
      const { dateSessionStarted: started, dateSessionEnded: ended } = session
      seen.add(started === null ? "never" : ended === null ? "online" : "offline")
      if (ended === null && started !== null) expect(session.ipAddress).toMatch(/^10\./)
      else expect(session.ipAddress).toBeNull()
      if (status !== "ACTIVATED") expect([started === null, ended === null]).not.toEqual([false, true])
      expect(session.ipv6Address).not.toBeNull()
    }
    expect([...seen].sort()).toEqual(["never", "offline", "online"])
  })

  it('can give the text "null" for no address', async () => {
    const caller = openCaller({ devices: 50, modes: { missingIpAddress: "text" } })
    const addresses = await Promise.all(
      [...caller.simulator.state].map(
        async ({ iccid }) => (await caller.get(`/devices/${iccid}/sessionInfo`)).json().ipAddress,
      ),
    )
    expect(addresses).toContain("null")
  })
})

describe("GET /devices/{iccid}/auditTrails", () => {
  it("lists what changed, newest first", async () => {
    const caller = openCaller()
    const { iccid, ratePlan } = activeSim(caller)
    await caller.put(iccid, { ratePlan: "Flex 900MB" })
    caller.clock.pass(1_000)
    await caller.put(iccid, { status: "DEACTIVATED", deviceID: "shed" })
    const answer = (await caller.get(`/devices/${iccid}/auditTrails`)).json()
    expect(answer).toMatchObject({ iccid, pageNumber: 1, lastPage: true })
    expect(answer.deviceAuditTrails).toMatchObject([
      { field: "deviceID", value: "shed", effectiveDate: "2026-03-10T00:00:01.000Z" },
      { field: "SIM Status", priorValue: "Activated", value: "Deactivated" },
      { field: "Rate Plan", priorValue: ratePlan, value: "Flex 900MB", effectiveDate: "2026-03-10T00:00:00.000Z" },
    ])
    expect(answer.deviceAuditTrails[0]).not.toHaveProperty("priorValue")
    caller.clock.pass(31 * DAY_MS)
    expect((await caller.get(`/devices/${iccid}/auditTrails`)).json().deviceAuditTrails).toEqual([])
    const year = (await caller.get(`/devices/${iccid}/auditTrails?daysOfHistory=365`)).json()
    expect(year.deviceAuditTrails).toHaveLength(3)
    const tooFar = await caller.get(`/devices/${iccid}/auditTrails?daysOfHistory=366`)
    expect(tooFar.json().errorCode).toBe("10000049")
  })
})

describe("GET /devices/{iccid}/locationHistory", () => {
  it("gives the two newest places, or those of a window", async () => {
    const caller = openCaller()
    const path = `/devices/${activeSim(caller).iccid}/locationHistory`
    const newest = (await caller.get(path)).json().simLocations
    expect(newest).toHaveLength(2)
    expect(newest[0].dateReceived > newest[1].dateReceived).toBe(true)
    const window = "?fromDate=2026-03-01T00:00:00Z&toDate=2026-03-05T00:00:00Z"
    expect((await caller.get(path + window)).json().simLocations).toHaveLength(4)
    const reversed = "?fromDate=2026-03-05T00:00:00Z&toDate=2026-03-01T00:00:00Z"
    expect((await caller.get(path + reversed)).json().errorCode).toBe("10000027")
    const off = openCaller({ modes: { locationTracking: false } })
    expect((await off.get(`/devices/${activeSim(off).iccid}/locationHistory`)).json().errorCode).toBe("10000602")
  })
})

describe("messages", () => {
  const send = (caller: Caller, iccid: string, body: unknown) =>
    caller.post(`/devices/${iccid}/smsMessages`, typeof body === "string" ? body : JSON.stringify(body))

  it("are sent, found by date, and described", async () => {
    const caller = openCaller()
    const { iccid } = activeSim(caller)
    expect((await send(caller, iccid, { messageText: "reboot" })).json()).toEqual({ smsMsgId: 700001 })
    caller.clock.pass(5_000)
    await send(caller, iccid, { messageText: "report" })
    const search = async (query: string) => (await caller.get(`/smsMessages?${query}`)).json()
    expect(await search("fromDate=2026-03-10T00:00:00Z")).toEqual({
      smsMsgIds: [700001, 700002],
      pageNumber: 1,
      lastPage: true,
    })
    expect((await search("fromDate=2026-03-10T00:00:01Z")).smsMsgIds).toEqual([700002])
    expect((await search("fromDate=2026-03-10T00:00:00Z&msgType=MO")).smsMsgIds).toEqual([])
    expect((await search("msgType=MT")).errorCode).toBe("10000022")
    expect((await caller.get("/smsMessages/700001")).json()).toMatchObject({ messageText: "reboot", msgType: "MT" })
    expect((await caller.get("/smsMessages/1")).json().errorCode).toBe("20000002")
  })

  it.each([
    [{}, "10000011"],
    [{ messageText: "x", messageEncoding: "HEX" }, "10000017"],
    [{ messageText: "x", dataCoding: 2 }, "10000018"],
    [{ messageText: "x", tpvp: 256 }, "10000019"],
    [{ messageText: "x".repeat(321) }, "10000020"],
    [{ messageText: "x".repeat(71), dataCoding: 8 }, "10000020"],
    [{ messageText: "x".repeat(161), dataCoding: "0" }, "10000020"],
    ["no json", "10000023"],
  ])("with %o are refused with %s", async (body, code) => {
    const caller = openCaller()
    expect((await send(caller, activeSim(caller).iccid, body)).json().errorCode).toBe(code)
  })
})

describe("accounts and customers", () => {
  it("are listed and found by id", async () => {
    const { get } = openCaller()
    const [account] = (await get("/accounts")).json().accounts
    expect((await get(`/accounts/${account.accountId}`)).json()).toEqual(account)
    expect((await get("/accounts/7")).json().errorCode).toBe("20000003")
    const { customers } = (await get("/customers")).json()
    expect((await get(`/customers/${customers[1].customerId}`)).json()).toEqual(customers[1])
    expect((await get("/customers/7")).json().errorCode).toBe("10000015")
  })

  it("may name the customer of a SIM", async () => {
    const caller = openCaller()
    const { iccid } = activeSim(caller)
    expect((await caller.put(iccid, { customer: "Nobody" })).json().errorCode).toBe("10000015")
    await caller.put(iccid, { customer: "Example Water" })
    expect((await caller.get(`/devices/${iccid}`)).json().customer).toBe("Example Water")
  })
})

describe("modes", () => {
  it("refuse an essential account what it has not bought", async () => {
    const caller = openCaller({ modes: { accountType: "essential" } })
    const { iccid } = activeSim(caller)
    for (const path of [
      `/devices/${iccid}/auditTrails`,
      `/devices/${iccid}/usageInZone`,
      "/usages?ratePlanName=Flex%201MB",
      "/customers",
    ]) {
      expect((await caller.get(path)).json().errorCode).toBe("10000079")
    }
    expect((await caller.get(`/devices/${iccid}/ctdUsages`)).status).toBe(200)
  })

  it.each([
    ["unlimited", "2000-01-01T00:00:00Z", "", 200],
    ["oneYear", "2025-03-01T00:00:00Z", "", 400],
    ["oneYear", "2025-04-01T00:00:00Z", "", 200],
    ["oneYear", "2024-01-01T00:00:00Z", "&modifiedTill=2024-06-01T00:00:00Z", 400],
    ["oneYearSpan", "2024-01-01T00:00:00Z", "", 400],
    ["oneYearSpan", "2024-01-01T00:00:00Z", "&modifiedTill=2024-06-01T00:00:00Z", 200],
  ] as const)("look back %s from %s%s with %i", async (lookBack, since, more, status) => {
    const { get } = openCaller({ modes: { lookBack } })
    const answer = await get(`/devices?modifiedSince=${since}${more}`)
    expect(answer.status).toBe(status)
    if (status === 400) expect(answer.json().errorCode).toBe("10000045")
  })

  it("refuse the server's future, which starts early when its clock is behind", async () => {
    const now = "/devices?modifiedSince=2026-03-10T00:00:00Z"
    expect((await openCaller({ modes: { futureDates: "error" } }).get(now)).status).toBe(200)
    const behind = openCaller({ modes: { futureDates: "error", clockAheadMs: -10_000 } })
    const answer = await behind.get(now)
    expect(answer.json().errorCode).toBe("10002119")
    expect(answer.headers.get("date")).toBe("Mon, 09 Mar 2026 23:59:50 GMT")
  })

  it("understand a raw plus where they are told to", async () => {
    const { get } = openCaller({ modes: { rawPlus: "tolerate" } })
    expect((await get("/devices?modifiedSince=2026-01-01T00:00:00+00:00")).status).toBe(200)
  })

  it("name the eUICC id by the older name", async () => {
    const caller = openCaller({ modes: { euiccIdField: "euiccid" } })
    const details = (await caller.get(`/devices/${activeSim(caller).iccid}`)).json()
    expect(Object.keys(details)).toContain("euiccid")
    expect(Object.keys(details)).not.toContain("eid")
  })

  it("leave the number of a SIM empty for a while after its activation", async () => {
    const caller = openCaller({ modes: { msisdnLagMs: 60_000 } })
    const early = [...caller.simulator.state].find(({ status }) => status === "INVENTORY")!
    await caller.put(early.iccid, { status: "ACTIVATED" })
    const msisdn = async () => (await caller.get(`/devices/${early.iccid}`)).json().msisdn
    expect(await msisdn()).toBe("")
    caller.clock.pass(60_000)
    expect(await msisdn()).toMatch(/^882\d+$/)
  })

  it("number SIMs with 20 digits, and then do not know the 19 of them", async () => {
    const { simulator, get } = openCaller({ modes: { iccidDigits: 20 } })
    const [device] = [...simulator.state]
    expect(device!.iccid).toHaveLength(20)
    expect((await get(`/devices/${device!.iccid}`)).status).toBe(200)
    expect((await get(`/devices/${device!.iccid.slice(0, 19)}`)).json().errorCode).toBe("20000001")
  })

  it("list plans with other fields than usual, and let SIMs move to them", async () => {
    const caller = openCaller({ modes: { ratePlans: "varied" } })
    const { ratePlans } = (await caller.get("/rateplans")).json()
    expect(ratePlans.map((plan: { name: string }) => plan.name)).toContain("Lift, Voice & SMS")
    expect(ratePlans.at(-1)).not.toHaveProperty("subscriptionCharge")
    const { iccid } = activeSim(caller)
    expect((await caller.put(iccid, { ratePlan: "Volume 10MB" })).status).toBe(200)
    expect((await openCaller().put(iccid, { ratePlan: "Volume 10MB" })).json().errorCode).toBe("10000013")
  })

  it("give SIMs of one second in another order each time, whole and none twice", async () => {
    const modes = { unstableTies: true, dateResolution: "second" } as const
    const { simulator, get, put } = openCaller({ devices: 100, modes })
    const iccids = [...simulator.state].map((device) => device.iccid)
    for (const iccid of iccids.slice(0, 60)) await put(iccid, { deviceID: "x" })
    const read = async (page: number) =>
      (await get(searchPath(page))).json().devices.map((device: { iccid: string }) => device.iccid)
    const first = await read(2)
    const second = await read(2)
    expect(first).not.toEqual(second)
    expect(new Set(first).size).toBe(50)
    expect((await read(1)).slice(0, 40)).toEqual(iccids.slice(60))
  })
})

describe("status transitions", () => {
  it("are a table with an answer for every pair", () => {
    for (const from of SIM_STATUSES) {
      for (const to of SIM_STATUSES)
        expect(transitionOutcome(DEFAULT_TRANSITIONS, from, to)).toMatch(/^(ok|same|\d{8})$/)
    }
    expect(transitionOutcome(DEFAULT_TRANSITIONS, "ONHOLD", "ACTIVATED")).toBe("10000005")
  })

  it("can be replaced", async () => {
    const caller = openCaller({ transitions: { ACTIVATED: { DEACTIVATED: "10000005", RETIRED: "ok" } } })
    const { iccid } = activeSim(caller)
    expect((await caller.put(iccid, { status: "DEACTIVATED" })).json().errorCode).toBe("10000005")
    expect((await caller.put(iccid, { status: "RETIRED" })).status).toBe(200)
  })
})
