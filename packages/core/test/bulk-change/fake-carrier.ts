import { CoreError } from "../../src/errors/mod.ts"
import type {
  Carrier,
  CarrierCapabilities,
  CarrierStatus,
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
  readonly behaviour?: (carrierDeviceId: string, intent: ChangeIntent) => Behaviour
  /** Duration of a call. @default 2 */
  readonly callMs?: number
  /** @default 3000 */
  readonly lateMs?: number
  /** @default 5000 */
  readonly readBackDeadlineMs?: number
  readonly capabilities?: Partial<CarrierCapabilities>
}

/** A carrier account in memory that can do all nine change types. It outlives the processes that call it. */
export interface FakeCarrier {
  readonly carrier: Carrier
  /** Every change that reached the carrier, in order, whether it took effect or not. */
  readonly received: readonly ChangeIntent[]
  readonly calls: { change: number; readBack: number; get: number }
  /** When the calls of changes were begun. */
  readonly begunAt: readonly number[]
  /** Most calls that were in flight at once. */
  readonly mostAtOnce: number
  /** Called before a call is served; what it throws is what the caller gets. */
  onCall: (name: "change" | "readBack" | "get", carrierDeviceId: string) => void
  /** The rate plan as the carrier bills it, whether reads show it yet or not. */
  ratePlanOf(carrierDeviceId: string): string | null
  /** The device as it truly is. */
  truthOf(carrierDeviceId: string): ListedDevice | undefined
  /** Service lines that were made, by device. */
  readonly serviceLines: ReadonlyMap<string, number>
}

interface FakeDevice {
  now: ListedDevice
  /** What reads show until `shownFrom`. */
  before: ListedDevice | undefined
  shownFrom: number
}

export function fakeCarrier(options: FakeCarrierOptions): FakeCarrier {
  const { clock } = options.runtime
  const { callMs = 2, lateMs = 3_000 } = options
  const behaviour = options.behaviour ?? (() => "applies" as const)
  const received: ChangeIntent[] = []
  const calls = { change: 0, readBack: 0, get: 0 }
  const begunAt: number[] = []
  const serviceLines = new Map<string, number>()
  const devices = new Map(
    options.devices.map((now): [string, FakeDevice] => [now.carrierDeviceId, { now, before: now, shownFrom: 0 }]),
  )
  const capabilities = { ...capabilitiesOf(options.readBackDeadlineMs ?? 5_000), ...options.capabilities }
  let inFlight = 0
  let mostAtOnce = 0
  const waiting: (() => void)[] = []
  const read = (id: string): ListedDevice | undefined => {
    const device = devices.get(id)
    return device && (clock.now() >= device.shownFrom ? device.now : device.before)
  }
  const serve = async <T>(
    name: "change" | "readBack" | "get",
    id: string,
    options: { readonly signal?: AbortSignal } | undefined,
    answer: () => T,
  ): Promise<T> => {
    // As every connector, it lets out no more calls at once than its account allows.
    if (inFlight === capabilities.concurrency.value) await new Promise<void>((go) => waiting.push(go))
    else inFlight++
    try {
      options?.signal?.throwIfAborted()
      calls[name]++
      if (name === "change") begunAt.push(clock.now())
      mostAtOnce = Math.max(mostAtOnce, inFlight)
      await clock.sleep(callMs, options?.signal)
      fake.onCall(name, id)
      return answer()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else inFlight--
    }
  }
  const apply = (intent: ChangeIntent, afterMs: number) => {
    if (intent.changeType === "CreateRevService") {
      serviceLines.set(intent.carrierDeviceId, (serviceLines.get(intent.carrierDeviceId) ?? 0) + 1)
    }
    const before = devices.get(intent.carrierDeviceId)?.now
    const now = changed(before, intent)
    if (!now) return
    devices.delete(intent.carrierDeviceId)
    devices.set(now.carrierDeviceId, { now, before, shownFrom: clock.now() + afterMs })
  }

  const fake: FakeCarrier & { readonly mostAtOnce: number } = {
    received,
    begunAt,
    calls,
    serviceLines,
    get mostAtOnce() {
      return mostAtOnce
    },
    onCall: () => undefined,
    ratePlanOf: (id) => devices.get(id)?.now.ratePlan ?? null,
    truthOf: (id) => devices.get(id)?.now,
    carrier: {
      capabilities,
      list: () => notHere("list devices"),
      usage: () => notHere("read usage"),
      ratePlans: () => notHere("list rate plans"),
      get: (id, options) => serve("get", id, options, () => read(id)),
      change: (intent, options) =>
        serve("change", intent.carrierDeviceId, options, () => {
          received.push(intent)
          return ANSWERS[behaviour(intent.carrierDeviceId, intent)](intent, apply, lateMs)
        }),
      readBack: (intent, options) =>
        serve("readBack", intent.carrierDeviceId, options, () => {
          const renamed = intent.changeType === "ChangeIccidImei" ? intent.iccid : null
          const device = (renamed === null ? undefined : read(renamed)) ?? read(intent.carrierDeviceId)
          if (intent.changeType === "CreateRevService") {
            const isThere = serviceLines.has(intent.carrierDeviceId)
            return { outcome: isThere ? "applied" : "pending", code: null, text: "Looked for a service line" }
          }
          if (!device && intent.changeType === "ActivateNewService") {
            return { outcome: "pending", code: null, text: "The carrier does not show it yet" }
          }
          if (!device) return { outcome: "refused", code: "404", text: "The carrier does not know the device" }
          const isShown = JSON.stringify(changed(device, intent)) === JSON.stringify(device)
          return { outcome: isShown ? "applied" : "pending", code: null, text: "The device was read", device }
        }),
    },
  }
  return fake
}

/** A device after a change; the same where it was made already. */
function changed(device: ListedDevice | undefined, intent: ChangeIntent): ListedDevice | undefined {
  if (intent.changeType === "ActivateNewService") {
    const { carrierDeviceId, ratePlan, communicationPlan } = intent
    const iccid = carrierDeviceId
    const details = { msisdn: null, imei: intent.imei, eid: null, fields: {} }
    return { carrierDeviceId, iccid, status: "active", carrierStatus: "ACTIVE", ratePlan, communicationPlan, details }
  }
  if (!device) return undefined
  const details = device.details ?? { msisdn: null, imei: null, eid: null, fields: {} }
  switch (intent.changeType) {
    case "StatusUpdate":
      return { ...device, status: intent.status, carrierStatus: intent.status.toUpperCase() }
    case "CarrierRatePlanChange":
      return {
        ...device,
        ratePlan: intent.ratePlan ?? device.ratePlan,
        communicationPlan: intent.communicationPlan ?? device.communicationPlan,
      }
    case "EditUsername":
      return { ...device, details: { ...details, fields: { ...details.fields, ...intent.fields } } }
    case "ChangeIccidImei":
      return {
        ...device,
        carrierDeviceId: intent.iccid ?? device.carrierDeviceId,
        iccid: intent.iccid ?? device.iccid,
        details: { ...details, imei: intent.imei ?? details.imei },
      }
    case "Archival":
    case "CreateRevService":
    case "CustomerAssignment":
    case "CustomerRatePlanChange":
      return device
  }
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
    return { outcome: "pending", code: null, text: "Accepted for later", requestId: `request-${intent.id}` }
  },
}

const EARLY = ["inventory", "test_ready", "activation_ready"] as const
const LATER = ["active", "suspended", "deactivated"] as const

function capabilitiesOf(readBackDeadlineMs: number): CarrierCapabilities {
  const fact = <T>(value: T) => ({ value, source: "Fake", asOf: "2026-01-01" })
  const status = (name: CarrierStatus["status"], changesTo: CarrierStatus["changesTo"]): CarrierStatus => ({
    status: name,
    carrierStatus: name.toUpperCase(),
    displayName: name,
    changesTo: changesTo.filter((to) => to !== name),
    isBilled: name === "active",
  })
  return {
    integrationType: "Fake",
    deviceIdentifier: "iccid",
    changeTypes: fact([
      "StatusUpdate",
      "CarrierRatePlanChange",
      "ActivateNewService",
      "CreateRevService",
      "ChangeIccidImei",
      "EditUsername",
    ] as const),
    statuses: fact([
      ...EARLY.map((name) => status(name, [...EARLY, ...LATER])),
      ...LATER.map((name) => status(name, LATER)),
    ]),
    editableFields: fact(["username", "costCenter1"]),
    movesPlanBeforeDeactivation: fact(true),
    callsPerSecond: fact(400),
    concurrency: fact(1),
    readBackDeadlineMs: fact(readBackDeadlineMs),
  }
}

function notHere(what: string): never {
  throw new CoreError("carrier.refused", `The fake carrier does not ${what}`)
}
