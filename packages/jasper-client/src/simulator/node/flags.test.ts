import { describe, expect, it } from "vitest"
import { createSimulator } from "../simulator.ts"
import { parseFlags } from "./flags.ts"

describe("parseFlags()", () => {
  it("has defaults", () => {
    expect(parseFlags([])).toMatchObject({ devices: 20_000, seed: 1, rate: 5, faults: "off", modes: {}, port: 8765 })
  })

  it("reads fault rules and modes", () => {
    const { faults, modes } = parseFlags([
      "--fault=lostReply:afterPage=10,nth=3",
      "--fault=silentNoOp:on=editDevice,oncePer=200",
      "--fault=drop",
      "--mode=pastTheEnd=error",
      "--mode=totalCount=true",
      "--mode=clockAheadMs=-5000",
      "--mode=throttleStatus=400",
    ])
    expect(faults).toEqual({
      rules: [
        { fault: "lostReply", afterPage: 10, nth: 3 },
        { fault: "silentNoOp", on: "editDevice", oncePer: 200 },
        { fault: "drop" },
      ],
    })
    expect(modes).toEqual({ pastTheEnd: "error", totalCount: true, clockAheadMs: -5000, throttleStatus: 400 })
    expect(createSimulator({ faults, modes }).stats.calls).toBe(0)
  })

  it.each([
    ["--fault=explode", "--fault must be throttle429 or"],
    ["--fault=drop:when=3", "--fault must be afterPage or nth or"],
    ["--fault=drop:nth=x", '--fault drop nth must be a number, got "x"'],
    ["--fault=drop:on=nothing", "--fault drop on must be echo or"],
    ["--mode=colour=red", "--mode must be throttleStatus, pastTheEnd"],
    ["--mode=usage=odd", "--mode usage must be static or growing, got odd"],
    ["--faults=maybe", "--faults must be on or off, got maybe"],
  ])("refuses %s", (flag, message) => {
    expect(() => parseFlags([flag])).toThrow(message)
  })
})
