import { describe, expect, it } from "vitest"
import { createSimulator } from "./simulator.ts"
import { createHostClock } from "./ports.ts"
import { defaultAuthorization, openCaller, searchPath } from "./testing/caller.ts"

/** Every ICCID that a forward reading sees. */
async function readAll(get: (path: string) => Promise<{ json(): any }>, more = ""): Promise<string[]> {
  const iccids: string[] = []
  for (let pageNumber = 1; ; pageNumber++) {
    const page = (await get(searchPath(pageNumber, more))).json()
    iccids.push(...page.devices.map((device: { iccid: string }) => device.iccid))
    if (page.lastPage) return iccids
  }
}

describe("credentials", () => {
  it("answers 401 without an error code when no credentials were sent", async () => {
    const { call } = openCaller()
    const answer = await call("/echo/hi", { headers: {} })
    expect(answer.status).toBe(401)
    expect(answer.headers.get("www-authenticate")).toBe('Basic realm="Jasper"')
    expect(Object.keys(answer.json())).toEqual(["errorMessage"])
  })

  it("answers 401 with 10000001 when they are wrong", async () => {
    const { call } = openCaller()
    const answer = await call("/devices", { headers: { authorization: `Basic ${btoa("somebody:else")}` } })
    expect(answer.status).toBe(401)
    expect(answer.json()).toEqual({ errorMessage: "Invalid credentials", errorCode: "10000001" })
  })
})

describe("answers", () => {
  it("carry the server's date to the second", async () => {
    const { get, clock } = openCaller()
    clock.pass(999)
    expect((await get("/echo/hi")).headers.get("date")).toBe("Tue, 10 Mar 2026 00:00:00 GMT")
  })

  it("echo their path", async () => {
    const { get } = openCaller()
    expect((await get("/echo/hello%20there")).json()).toEqual({ context: "hello there" })
  })

  it("refuse another version and do not know other paths", async () => {
    const { simulator, get } = openCaller({ modes: { notFound: "json" } })
    const { headers } = await get("/nothing")
    expect(headers.get("content-type")).toContain("json")
    const html = await openCaller().get("/nothing")
    expect([html.status, html.headers.get("content-type")]).toEqual([404, "text/html;charset=utf-8"])
    const authorization = `Basic ${btoa("simulator.user:00000000-0000-4000-8000-000000000001")}`
    const v2 = await simulator.fetch("http://simulator/rws/api/v2/echo/hi", { headers: { authorization } })
    expect(await v2.json()).toMatchObject({ errorCode: "10000024" })
  })
})

describe("GET /devices", () => {
  it.each([
    ["/devices", "10000003"],
    ["/devices?modifiedSince=yesterday", "10000012"],
    ["/devices?modifiedSince=2026-01-01T00:00:00+00:00", "10000012"], // the raw plus arrives as a blank
    ["/devices?modifiedSince=2026-01-01T00:00:00Z&pageSize=0", "10000006"],
    ["/devices?modifiedSince=2026-01-01T00:00:00Z&pageSize=51", "10000006"],
    ["/devices?modifiedSince=2026-01-01T00:00:00Z&pageNumber=0", "10000007"],
    ["/devices?modifiedSince=2026-01-01T00:00:00Z&accountId=7", "10000004"],
    ["/devices?modifiedSince=2026-01-01T00:00:00Z&status=SUSPENDED", "10000005"],
    ["/devices?modifiedSince=2026-01-01T00:00:00Z&iccid=89", "10000028"],
  ])("refuses %s with %s", async (path, code) => {
    const answer = await openCaller().get(path)
    expect(answer.status).toBe(400)
    expect(answer.json().errorCode).toBe(code)
  })

  it("lists every SIM once, oldest change first, with four fields each", async () => {
    const { simulator, get } = openCaller({ devices: 120 })
    expect(await readAll(get)).toEqual([...simulator.state].map((device) => device.iccid))
    const page = (await get(searchPath(3))).json()
    expect(page).toMatchObject({ pageNumber: 3, lastPage: true })
    expect(page.devices).toHaveLength(20)
    expect(Object.keys(page.devices[0])).toEqual(["iccid", "status", "ratePlan", "communicationPlan"])
  })

  it("takes both ends of the window as part of it", async () => {
    const { simulator, get, put, clock } = openCaller()
    const [first, second] = [...simulator.state]
    await put(first!.iccid, { deviceID: "a" })
    clock.pass(1000)
    await put(second!.iccid, { deviceID: "b" })
    const window = async (query: string) =>
      (await get(`/devices?${query}`)).json().devices.map((device: { iccid: string }) => device.iccid)
    expect(await window("modifiedSince=2026-03-10T00:00:00Z")).toEqual([first!.iccid, second!.iccid])
    expect(await window("modifiedSince=2026-03-10T00:00:01Z")).toEqual([second!.iccid])
    expect(await window("modifiedSince=2026-03-10T01:00:01%2B01:00")).toEqual([second!.iccid])
    expect(await window("modifiedSince=2026-03-10T00:00:00Z&modifiedTill=2026-03-10T00:00:00Z")).toEqual([first!.iccid])
  })

  it("shifts the list when a SIM of a page already read changes, so that a forward reading misses one", async () => {
    const { simulator, get, put } = openCaller({ devices: 150 })
    const before = [...simulator.state].map((device) => device.iccid)
    await get(searchPath(1))
    await put(before[7]!, { deviceID: "moved" })
    const second = (await get(searchPath(2))).json().devices.map((device: { iccid: string }) => device.iccid)
    expect(second[0]).toBe(before[51])
    const third = (await get(searchPath(3))).json().devices.map((device: { iccid: string }) => device.iccid)
    expect(third.at(-1)).toBe(before[7])
  })

  it("filters by status and by custom fields with wildcards", async () => {
    const { simulator, get, put } = openCaller({ devices: 400 })
    const sleeping = [...simulator.state].filter((device) => device.status === "DEACTIVATED")
    expect(await readAll(get, "&status=DEACTIVATED")).toEqual(sleeping.map((device) => device.iccid))
    await put(sleeping[0]!.iccid, { accountCustom1: "depot-7" })
    expect(await readAll(get, "&accountCustom1=depot*")).toEqual([sleeping[0]!.iccid])
    expect(await readAll(get, "&accountCustom1=d.pot-7")).toEqual([])
  })

  it("keeps the envelope when fields are chosen", async () => {
    const { get } = openCaller()
    const page = (await get(searchPath(1, "&pageSize=1&fields=iccid,status"))).json()
    expect(Object.keys(page)).toEqual(["pageNumber", "devices", "lastPage"])
    expect(Object.keys(page.devices[0])).toEqual(["iccid", "status"])
    expect(Object.keys((await get(searchPath(1, "&fields=,"))).json().devices[0])).toHaveLength(4)
  })

  it("ends lists by its modes", async () => {
    const kind = openCaller({ devices: 100, modes: { totalCount: true } })
    expect((await kind.get(searchPath(2))).json()).toMatchObject({ lastPage: true, totalCount: 100 })
    expect((await kind.get(searchPath(3))).json()).toMatchObject({ lastPage: true, devices: [], pageNumber: 3 })
    expect((await kind.get(searchPath(1, "&pageSize=50"))).json().lastPage).toBe(false)
    const harsh = openCaller({
      devices: 100,
      modes: { lastPageAtExactMultiple: false, pastTheEnd: "error", oversizedPage: "clamp" },
    })
    expect((await harsh.get(searchPath(2))).json().lastPage).toBe(false)
    expect((await harsh.get(searchPath(3))).json().errorCode).toBe("10000007")
    expect((await harsh.get(searchPath(1, "&pageSize=500"))).json().devices).toHaveLength(50)
    expect((await openCaller({ devices: 0 }).get(searchPath(1))).json()).toEqual({
      pageNumber: 1,
      devices: [],
      lastPage: true,
    })
  })
})

describe("GET /devices/{iccid}", () => {
  it("shows what the search shows, and dates in style A", async () => {
    const { simulator, get } = openCaller()
    for (const device of [...simulator.state].slice(0, 20)) {
      const details = (await get(`/devices/${device.iccid}`)).json()
      expect(details).toMatchObject({
        iccid: device.iccid,
        status: device.status,
        ratePlan: device.ratePlan,
        accountId: "100000001",
        accountCustom10: "",
        customer: null,
      })
      expect(details.dateUpdated).toBe(
        new Date(device.dateUpdated).toISOString().replace("T", " ").replace("Z", "+0000"),
      )
    }
  })

  it("does not find an ICCID of the other length, and refuses what is none", async () => {
    const { simulator, get } = openCaller()
    const [device] = [...simulator.state]
    const longer = await get(`/devices/${device!.iccid}3`)
    expect([longer.status, longer.json().errorCode]).toEqual([404, "20000001"])
    expect((await get("/devices/abc")).json().errorCode).toBe("10000021")
  })
})

describe("PUT /devices/{iccid}", () => {
  it("changes the SIM, moves it to the end of the list, and journals the write", async () => {
    const { simulator, get, put, clock } = openCaller({ devices: 60 })
    const [device] = [...simulator.state]
    const answer = await put(device!.iccid, { ratePlan: "Solo 2MB", communicationPlan: "Private APN" })
    expect([answer.status, answer.text]).toEqual([200, `{"iccid":"${device!.iccid}"}`])
    expect(simulator.state.get(device!.iccid)).toMatchObject({
      ratePlan: "Solo 2MB",
      communicationPlan: "Private APN",
      dateUpdated: clock.now(),
    })
    expect((await get(searchPath(2))).json().devices.at(-1).iccid).toBe(device!.iccid)
    expect(simulator.writes).toEqual([
      {
        type: "write",
        seq: 1,
        at: clock.now(),
        iccid: device!.iccid,
        fields: { ratePlan: "Solo 2MB", communicationPlan: "Private APN" },
        effect: "applied",
      },
    ])
  })

  it("leaves the modification date alone when nothing changes", async () => {
    const { simulator, put } = openCaller()
    const [device] = [...simulator.state]
    expect((await put(device!.iccid, { ratePlan: device!.ratePlan })).status).toBe(200)
    expect(simulator.state.get(device!.iccid)).toEqual(device)
  })

  it.each([
    [{}, "10000011"],
    [{ ratePlan: "Nobody's plan" }, "10000013"],
    [{ communicationPlan: "Nobody's plan" }, "10000014"],
    [{ status: "SUSPENDED" }, "10000005"],
    [{ overageLimitOverride: "MAYBE" }, "10000016"],
    [{ iccid: "8900000000000000017" }, "10000028"],
    [{ deviceID: 7 }, "10000023"],
  ])("refuses %o with %s and changes nothing", async (fields, code) => {
    const { simulator, put } = openCaller()
    const [device] = [...simulator.state]
    expect((await put(device!.iccid, fields)).json().errorCode).toBe(code)
    expect(simulator.state.get(device!.iccid)).toEqual(device)
    expect(simulator.writes).toEqual([])
  })

  it("follows the table of status transitions", async () => {
    const { simulator, put } = openCaller()
    const active = [...simulator.state].find((device) => device.status === "ACTIVATED")!
    expect((await put(active.iccid, { status: "ACTIVATED" })).json().errorCode).toBe("10030000")
    expect((await put(active.iccid, { status: "TEST_READY" })).json().errorCode).toBe("10000029")
    for (const status of ["DEACTIVATED", "DEACTIVATED", "ACTIVATED", "PURGED"]) {
      expect((await put(active.iccid, { status })).status).toBe(200)
      expect(simulator.state.get(active.iccid)?.status).toBe(status)
    }
    expect((await put(active.iccid, { status: "ACTIVATED" })).json().errorCode).toBe("10000005")
  })
})

describe("usage", () => {
  it("adds up over plans, zones and pages to each SIM's cycle-to-date usage", async () => {
    const { simulator, get } = openCaller({ devices: 600 })
    const data = new Map<string, number>()
    const texts = new Map<string, number>()
    const plans = (await get("/rateplans")).json().ratePlans.map((plan: { name: string }) => plan.name)
    for (const name of plans) {
      for (let pageNumber = 1; ; pageNumber++) {
        const page = (await get(`/usages?ratePlanName=${encodeURIComponent(name)}&pageNumber=${pageNumber}`)).json()
        const rows = page.zones.flatMap((zone: { devices: unknown[] }) => zone.devices)
        expect(rows.length).toBeLessThanOrEqual(50)
        for (const { deviceId, usage } of rows) {
          data.set(deviceId, (data.get(deviceId) ?? 0) + usage.dataUsage)
          texts.set(deviceId, (texts.get(deviceId) ?? 0) + usage.smsMOUsage + usage.smsMTUsage)
        }
        if (page.lastPage) break
      }
    }
    for (const device of simulator.state) {
      expect(data.get(device.iccid) ?? 0).toBe(device.usageBytes)
      expect(texts.get(device.iccid) ?? 0).toBe(device.smsCount)
    }
    const [used] = data
    expect((await get(`/devices/${used![0]}/ctdUsages`)).json().ctdDataUsage).toBe(used![1])
  })

  it("refuses an unknown plan and a missing one", async () => {
    const { get } = openCaller()
    expect((await get("/usages?ratePlanName=None")).json().errorCode).toBe("10000013")
    expect((await get("/usages")).json().errorCode).toBe("10000011")
  })
})

describe("an aborted call", () => {
  it("rejects with its reason: before it starts, while the answer is due, and in the middle of the body", async () => {
    const clock = createHostClock()
    const options = {
      clock,
      faults: { rules: [{ fault: "slowBody", on: "listRatePlans", maxDelayMs: 60_000 }] },
    } as const
    const { simulator } = openCaller({ ...options, modes: { latencyMs: 20 } })
    const call = (path: string, signal: AbortSignal) =>
      simulator.fetch(`http://simulator/rws/api/v1${path}`, {
        signal,
        headers: { authorization: defaultAuthorization() },
      })
    const reason = new Error("enough")
    await expect(call("/echo/hi", AbortSignal.abort(reason))).rejects.toBe(reason)

    const due = new AbortController()
    const answer = call("/echo/hi", due.signal)
    setTimeout(() => due.abort(reason), 5)
    await expect(answer).rejects.toBe(reason)
    await clock.sleep(40)

    const middle = new AbortController()
    const response = await call("/rateplans", middle.signal)
    const reader = response.body!.getReader()
    expect((await reader.read()).done).toBe(false)
    await reader.cancel(reason)
  })
})

describe("GET /rateplans", () => {
  it("names the price of a month and of a megabyte above the allowance", async () => {
    const page = (await openCaller().get("/rateplans")).json()
    expect(page.ratePlans).toHaveLength(8)
    expect(page.ratePlans[1]).toMatchObject({
      name: "Flex 8MB",
      type: "Monthly - Pooled Subscriber",
      subscriptionCharge: "2.38",
      dataUsage: { zones: { Home: { includedData: "8", includedDataUnit: "MB", tiers: [{ dataOverage: "0.12" }] } } },
    })
    expect(page.ratePlans[5].dataUsage.zones.Home.tiers[0].dataOverage).toBe("0.005")
  })
})

describe("the rate limit", () => {
  it("refuses calls above it with 40000029 and does not charge them", async () => {
    const { simulator, get, clock } = openCaller({ callsPerSecond: 5, burst: 1 })
    const statuses: number[] = []
    for (let i = 0; i < 3; i++) {
      const answer = await get("/echo/hi")
      statuses.push(answer.status)
      if (answer.status !== 200) expect(answer.json().errorCode).toBe("40000029")
    }
    expect(statuses).toEqual([200, 429, 400])
    clock.pass(200)
    expect((await get("/echo/hi")).status).toBe(200)
    expect(simulator.stats).toMatchObject({ calls: 4, throttled: 2 })
  })

  it("refuses a second call while one is in flight, or lets it wait", async () => {
    const clock = {
      now: () => Date.UTC(2026, 2, 10),
      sleep: (ms: number) => new Promise<void>((r) => setTimeout(r, ms)),
    }
    const twoAtOnce = async (overConcurrency: "refuse" | "wait") => {
      const { get } = openCaller({ clock, modes: { latencyMs: 5, overConcurrency } })
      return (await Promise.all([get("/echo/a"), get("/echo/b")])).map(({ status }) => status)
    }
    expect(await twoAtOnce("refuse")).toEqual([200, 429])
    expect(await twoAtOnce("wait")).toEqual([200, 200])
  })

  it("lets a caller at exactly the limit through, always", async () => {
    const { simulator, get, clock } = openCaller({ callsPerSecond: 300, burst: 1 })
    const start = clock.now()
    for (let i = 0; i < 3_000; i++) {
      await get("/echo/hi")
      // From the start anew each time: adding up fractions of a millisecond would drift.
      clock.pass(start + ((i + 1) * 1000) / 300 - clock.now())
    }
    expect(simulator.stats.throttled).toBe(0)
  })
})

describe("createSimulator()", () => {
  it("gives the same bytes for the same options and calls", async () => {
    const transcript = async () => {
      const { simulator, get, put, clock } = openCaller({ devices: 300, seed: 11, faults: "default" })
      const lines: string[] = []
      const note = async (answer: Promise<{ status: number; text: string }>) => {
        clock.pass(3)
        lines.push(await answer.then((it) => `${it.status} ${it.text}`, String))
      }
      for (let page = 1; page <= 6; page++) await note(get(searchPath(page)))
      for (const device of [...simulator.state].slice(0, 60)) {
        await note(put(device.iccid, { accountCustom1: "x" }))
        await note(get(`/devices/${device.iccid}`))
      }
      return lines
    }
    expect(await transcript()).toEqual(await transcript())
  })

  it.each([
    [{ devices: -1 }, "Cannot create simulator: devices must be 0 to 10000000, got -1"],
    [{ devices: 1.5 }, "Cannot create simulator: devices must be an integer, got 1.5"],
    [{ seed: 2 ** 32 }, "Cannot create simulator: seed must be 0 to 4294967295, got 4294967296"],
    [{ callsPerSecond: 0 }, "Cannot create simulator: callsPerSecond must be 0.001 to Infinity, got 0"],
  ])("refuses %o", (options, message) => {
    expect(() => createSimulator(options)).toThrow(new RangeError(message))
  })

  it("shows the truth outside the API, without credentials", async () => {
    const { simulator } = openCaller({ devices: 1_200 })
    const read = async (path: string) => (await simulator.fetch(`http://simulator/simulator/${path}`)).text()
    const lines = (await read("devices")).trimEnd().split("\n")
    expect(lines.map((line) => JSON.parse(line))).toEqual([...simulator.state])
    expect(await read("writes")).toBe("")
    expect(JSON.parse(await read("stats"))).toEqual(simulator.stats)
  })
})
