import { CoreError } from "../../src/errors/mod.ts"
import type {
  Carrier,
  CarrierCapabilities,
  ChangeAnswer,
  ChangeIntent,
  ListedDevice,
  Runtime,
} from "../../src/ports/mod.ts"

/** How the fake treats a device's next changes; everything else about it is as the port promises. */
export type Behaviour =
  | "applies"
  | "refuses"
  /** Takes effect, and the answer is lost. */
  | "loses-reply"
  /** Does nothing, and the answer is lost. */
  | "loses-request"
  /** Answers that it was done, and does nothing. */
  | "does-nothing"
  /** Takes effect, and reads show it only after `lateMs`. */
  | "shows-late"
  /** Takes it for later and does it after `lateMs`. */
  | "defers"

export interface FakeCarrierOptions {
  readonly runtime: Runtime
  readonly devices: readonly ListedDevice[]
  readonly behaviour?: (carrierDeviceId: string) => Behaviour
  /** Duration of a call. @default 2 */
  readonly callMs?: number
  /** @default 3000 */
  readonly lateMs?: number
  /** @default 5000 */
  readonly readBackDeadlineMs?: number
}

/** A carrier account in memory, for the tests of this room. It outlives the processes that call it. */
export interface FakeCarrier {
  readonly carrier: Carrier
  /** Every change that reached the carrier, in order, whether it took effect or not. */
  readonly received: readonly ChangeIntent[]
  readonly calls: { change: number; readBack: number; get: number }
  /** Called before a call is served; what it throws is what the caller gets. */
  onCall: (name: "change" | "readBack" | "get", carrierDeviceId: string) => void
  /** The rate plan as the carrier bills it, whether reads show it yet or not. */
  ratePlanOf(carrierDeviceId: string): string | null
}

interface FakeDevice {
  readonly listed: ListedDevice
  ratePlan: string | null
  /** What reads show until `shownFrom`. */
  before: string | null
  shownFrom: number
}

export function fakeCarrier(options: FakeCarrierOptions): FakeCarrier {
  const { clock } = options.runtime
  const lateMs = options.lateMs ?? 3_000
  const behaviour = options.behaviour ?? (() => "applies")
  const received: ChangeIntent[] = []
  const calls = { change: 0, readBack: 0, get: 0 }
  const devices = new Map(
    options.devices.map((listed): [string, FakeDevice] => [
      listed.carrierDeviceId,
      { listed, ratePlan: listed.ratePlan, before: listed.ratePlan, shownFrom: 0 },
    ]),
  )
  const read = (id: string): ListedDevice | undefined => {
    const device = devices.get(id)
    if (!device) return undefined
    return { ...device.listed, ratePlan: clock.now() >= device.shownFrom ? device.ratePlan : device.before }
  }
  const serve = async (name: "change" | "readBack" | "get", id: string) => {
    calls[name]++
    await clock.sleep(options.callMs ?? 2)
    fake.onCall(name, id)
  }
  const apply = (intent: ChangeIntent, afterMs: number) => {
    const device = devices.get(intent.carrierDeviceId)
    if (!device) return
    device.before = device.ratePlan
    device.ratePlan = intent.ratePlan
    device.shownFrom = clock.now() + afterMs
  }

  const fake: FakeCarrier = {
    received,
    calls,
    onCall: () => undefined,
    ratePlanOf: (id) => devices.get(id)?.ratePlan ?? null,
    carrier: {
      capabilities: capabilitiesOf(options.readBackDeadlineMs ?? 5_000),
      list: () => notHere("list devices"),
      usage: () => notHere("read usage"),
      ratePlans: () => notHere("list rate plans"),
      async get(id) {
        await serve("get", id)
        return read(id)
      },
      async change(intent) {
        await serve("change", intent.carrierDeviceId)
        received.push(intent)
        return ANSWERS[behaviour(intent.carrierDeviceId)](intent, apply, lateMs)
      },
      async readBack(intent) {
        await serve("readBack", intent.carrierDeviceId)
        const device = read(intent.carrierDeviceId)
        if (!device) return { outcome: "refused", code: "404", text: "The carrier does not know the device" }
        const outcome = device.ratePlan === intent.ratePlan ? "applied" : "pending"
        return { outcome, code: null, text: `The carrier shows "${device.ratePlan}"`, device }
      },
    },
  }
  return fake
}

type Effect = (intent: ChangeIntent, afterMs: number) => void

const done: ChangeAnswer = { outcome: "applied", code: null, text: "OK" }
const lost: ChangeAnswer = { outcome: "unknown", code: "network", text: "The answer was lost" }

const ANSWERS: Readonly<Record<Behaviour, (intent: ChangeIntent, apply: Effect, lateMs: number) => ChangeAnswer>> = {
  applies: (intent, apply) => {
    apply(intent, 0)
    return done
  },
  refuses: () => ({ outcome: "refused", code: "10000013", text: "Invalid rate plan" }),
  "loses-reply": (intent, apply) => {
    apply(intent, 0)
    return lost
  },
  "loses-request": () => lost,
  "does-nothing": () => done,
  "shows-late": (intent, apply, lateMs) => {
    apply(intent, lateMs)
    return done
  },
  defers: (intent, apply, lateMs) => {
    apply(intent, lateMs)
    return { outcome: "pending", code: null, text: "Accepted for later" }
  },
}

function capabilitiesOf(readBackDeadlineMs: number): CarrierCapabilities {
  const fact = <T>(value: T) => ({ value, source: "Fake", asOf: "2026-01-01" })
  return {
    integrationType: "Fake",
    deviceIdentifier: "iccid",
    changeTypes: fact(["CarrierRatePlanChange"] as const),
    callsPerSecond: fact(400),
    concurrency: fact(1),
    readBackDeadlineMs: fact(readBackDeadlineMs),
  }
}

function notHere(what: string): never {
  throw new CoreError("carrier.refused", `The fake carrier does not ${what}`)
}
