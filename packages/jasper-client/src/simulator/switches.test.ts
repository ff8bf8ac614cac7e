import { describe, expect, it } from "vitest"
import { FAULT_NAMES, type FaultName } from "./fault-catalogue.ts"
import type { FaultRule } from "./fault-plan.ts"
import { type Answered, type Caller, createManualClock, openCaller, searchPath } from "./testing/caller.ts"

/** The first page of a list of two, with one fault on it; and the same without. */
async function strikeSearch(fault: FaultName, more: Partial<FaultRule> = {}) {
  const plain = await openCaller({ devices: 60 }).get(searchPath(1))
  const clock = createManualClock()
  const startedAt = clock.now()
  const caller = openCaller({ devices: 60, faults: { rules: [{ fault, nth: 1, ...more }] } }, clock)
  const answer = await caller.get(searchPath(1)).catch((error: unknown) => error as TypeError)
  return { plain: plain.json(), answer, caller, waited: clock.now() - startedAt }
}

function answered(answer: Answered | TypeError): Answered {
  if (answer instanceof Error) throw answer
  return answer
}

const iccidsOf = (page: any): string[] => page.devices.map((device: { iccid: string }) => device.iccid)

/** What each switch does to a search; the ones for writes are in `faults.test.ts` and below. */
const EXPECTATIONS: Partial<Record<FaultName, (strike: Awaited<ReturnType<typeof strikeSearch>>) => void>> = {
  throttle429: ({ answer }) =>
    expect([answered(answer).status, answered(answer).json().errorCode]).toEqual([429, "40000029"]),
  throttle400: ({ answer }) =>
    expect([answered(answer).status, answered(answer).json().errorCode]).toEqual([400, "40000029"]),
  throttle503: ({ answer }) => expect([answered(answer).status, answered(answer).text[0]]).toEqual([503, "<"]),
  throttleRetryAfter: ({ answer }) => expect(answered(answer).headers.get("retry-after")).toBe("1"),
  throttleRetryAfterDate: ({ answer }) =>
    expect(Date.parse(answered(answer).headers.get("retry-after")!)).toBe(Date.UTC(2026, 2, 10)),
  serverError: ({ answer }) =>
    expect([answered(answer).status, answered(answer).json().errorCode]).toEqual([500, "30000001"]),
  emptyServerError: ({ answer }) => expect([answered(answer).status, answered(answer).text]).toEqual([500, ""]),
  gatewayError: ({ answer }) => expect([answered(answer).status, answered(answer).text[0]]).toEqual([503, "<"]),
  gatewayTimeout: ({ answer, waited }) => expect([answered(answer).status, waited]).toEqual([504, 200]),
  drop: ({ answer }) => expect(answer).toBeInstanceOf(TypeError),
  hang: ({ answer, waited }) => expect([answer instanceof TypeError, waited]).toEqual([true, 200]),
  addressRefused: ({ answer }) =>
    expect([answered(answer).status, answered(answer).json().errorCode]).toEqual([401, "10000001"]),
  keyRevoked: ({ answer }) => expect(answered(answer).headers.get("www-authenticate")).toBe('Basic realm="Jasper"'),
  errorInSuccess: ({ answer }) =>
    expect([answered(answer).status, answered(answer).json().errorCode]).toEqual([200, "30000001"]),
  htmlInSuccess: ({ answer }) => expect([answered(answer).status, answered(answer).text[0]]).toEqual([200, "<"]),
  churn: ({ caller }) => {
    const changed = [...caller.simulator.state].filter((device) => device.dateUpdated === caller.clock.now())
    expect([changed.length, caller.simulator.state.size]).toEqual([1, 60])
  },
  oldArrivals: ({ caller }) => expect(caller.simulator.state.size).toBe(61),
  departures: ({ caller }) => expect(caller.simulator.state.size).toBe(59),
  lostReply: ({ answer }) => expect(answer).toBeInstanceOf(TypeError),
  slowAnswer: ({ answer, plain, waited }) => {
    expect(answered(answer).json()).toEqual(plain)
    expect(waited > 0 && waited <= 200).toBe(true)
  },
  slowBody: ({ answer, plain, waited }) => expect([answered(answer).json(), waited]).toEqual([plain, 200]),
  brokenBody: ({ answer }) => expect(answer).toBeInstanceOf(TypeError),
  truncatedBody: ({ answer }) => expect(() => answered(answer).json()).toThrow(SyntaxError),
  foreignBytes: ({ answer }) => expect(answered(answer).text).toContain("Z\ufffdrich"),
  lastPageMissing: ({ answer }) => expect(answered(answer).json()).not.toHaveProperty("lastPage"),
  lastPageLate: ({ answer }) => expect(answered(answer).json().lastPage).toBe(false),
  lastPageEarly: ({ answer }) => expect(answered(answer).json().lastPage).toBe(true),
  shortPage: ({ answer, plain }) => expect(iccidsOf(answered(answer).json())).toEqual(iccidsOf(plain).slice(0, -1)),
  repeatedRow: ({ answer }) => {
    expect(iccidsOf(answered(answer).json())).toHaveLength(50)
    expect(new Set(iccidsOf(answered(answer).json())).size).toBe(49)
  },
  unknownStatus: ({ answer }) => expect(answered(answer).json().devices[0].status).toBe("ONHOLD"),
  extraField: ({ answer, plain }) =>
    expect(answered(answer).json()).toEqual({ ...plain, nextRelease: { preview: true } }),
  dateMissing: ({ answer }) => expect(answered(answer).headers.get("date")).toBeNull(),
}

const ELSEWHERE: readonly FaultName[] = ["returns", "silentNoOp", "lateRead", "queuedWrite"]

describe("fault switches", () => {
  it.each(FAULT_NAMES.filter((name) => !ELSEWHERE.includes(name)))("%s", async (fault) => {
    const expectation = EXPECTATIONS[fault]
    if (expectation === undefined) throw new Error(`No expectation for ${fault}`)
    const strike = await strikeSearch(fault)
    expectation(strike)
    const counts = Object.values(strike.caller.simulator.stats.injected)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1)
  })

  it("are at least twenty-five", () => {
    expect(FAULT_NAMES.length).toBeGreaterThanOrEqual(25)
  })

  it("keyRevoked refuses every later call too", async () => {
    const { caller } = await strikeSearch("keyRevoked")
    expect((await caller.get("/echo/hi")).status).toBe(401)
  })

  it("returns bring back what departures took, at its old place", async () => {
    const caller = openCaller({
      devices: 60,
      faults: {
        rules: [
          { fault: "departures", nth: 1, count: 5 },
          { fault: "returns", nth: 2, count: 5 },
        ],
      },
    })
    const before = [...caller.simulator.state]
    await caller.get(searchPath(1))
    expect(caller.simulator.state.size).toBe(55)
    await caller.get(searchPath(1))
    expect([...caller.simulator.state]).toEqual(before)
  })

  it("queuedWrite answers 202 and takes effect later", async () => {
    const caller = openCaller({ faults: { rules: [{ fault: "queuedWrite", maxDelayMs: 5_000 }] } })
    const [device] = [...caller.simulator.state]
    expect((await caller.put(device!.iccid, { deviceID: "later" })).status).toBe(202)
    const deviceID = async () => (await caller.get(`/devices/${device!.iccid}`)).json().deviceID
    expect(await deviceID()).toBeNull()
    caller.clock.pass(5_000)
    expect(await deviceID()).toBe("later")
  })
})

describe("the operator", () => {
  const list = async (caller: Caller): Promise<string[]> => iccidsOf((await caller.get(searchPath(1))).json())

  it("lets SIMs enter with old dates, leave and come back", async () => {
    const caller = openCaller({ devices: 30 })
    const before = await list(caller)
    const [, second, third] = [...caller.simulator.state]
    const entered = caller.simulator.operator.enter(second!.dateUpdated + 1)
    expect((await list(caller)).indexOf(entered)).toBe(2)
    expect((await caller.get(`/devices/${entered}`)).status).toBe(200)
    caller.simulator.operator.leave(third!.iccid)
    expect(await list(caller)).not.toContain(third!.iccid)
    expect((await caller.get(`/devices/${third!.iccid}`)).json().errorCode).toBe("20000001")
    caller.simulator.operator.leave(entered)
    caller.simulator.operator.comeBack(third!.iccid)
    expect(await list(caller)).toEqual(before)
  })

  it("changes SIMs past the checks of the API, and refuses strangers", async () => {
    const { simulator } = openCaller({ devices: 30 })
    const [device] = [...simulator.state]
    simulator.operator.change(device!.iccid, { status: "ONHOLD" })
    expect(simulator.state.get(device!.iccid)?.status).toBe("ONHOLD")
    expect(() => simulator.operator.leave("8900000000000000017")).toThrow("the account has no 8900000000000000017")
    expect(() => simulator.operator.comeBack(device!.iccid)).toThrow("did not leave")
  })
})
