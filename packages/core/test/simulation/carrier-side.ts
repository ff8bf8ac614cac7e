import {
  createSimulator,
  type FaultName,
  type FaultRule,
  type JournalEntry,
  type Simulator,
  type WriteEntry,
} from "@altaworx/jasper-client/simulator"
import { seededRandom, type VirtualClock } from "../../src/testing/mod.ts"
import type { SimulationPlan } from "./simulation-plan.ts"

/** Faults of the carrier that a seed may switch on. */
export const CARRIER_FAULTS: readonly FaultName[] = [
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
  "churn",
  "departures",
  "silentNoOp",
  "lateRead",
  "queuedWrite",
  "lostReply",
  "slowAnswer",
  "slowBody",
  "brokenBody",
  "truncatedBody",
  "foreignBytes",
  "lastPageMissing",
  "lastPageLate",
  "extraField",
  "dateMissing",
]

/** Faults of the carrier that no client can see through, and that the invariants cannot hold against. */
export const CARRIER_FAULTS_LEFT_OUT: Readonly<Record<string, string>> = {
  addressRefused: "a refused login ends the account until somebody mends it",
  keyRevoked: "a refused login ends the account until somebody mends it",
  lastPageEarly: "the answer is well formed and untrue",
  shortPage: "the answer is well formed and untrue",
  repeatedRow: "the answer is well formed and untrue",
  unknownStatus: "the answer is well formed and untrue; such rows are rejected by name",
  oldArrivals: "what a scan says that it assumes does not happen while it runs",
  returns: "what a scan says that it assumes does not happen while it runs",
}

/** A carrier account of one tenant, with all that it remembers. */
export interface CarrierSide {
  readonly host: string
  readonly journal: readonly JournalEntry[]
  readonly simulator: () => Simulator
  readonly writes: () => readonly WriteEntry[]
  /** Names of the faults that struck. */
  readonly struck: () => readonly FaultName[]
  /** What others do to the account between two syncs, once. */
  actOnce(): void
  /** The same account without any fault, from what the journal remembers. */
  becomeFaultless(): void
}

/** @param index Both accounts have the same SIMs, and different faults and histories. */
export function carrierSide(plan: SimulationPlan, clock: VirtualClock, index: number): CarrierSide {
  const random = seededRandom(plan.seed * 7 + 3 + index)
  const rules = drawRules(random)
  const journal: JournalEntry[] = []
  const options = {
    seed: plan.seed % 0xffff_ffff,
    devices: plan.devices,
    clock,
    callsPerSecond: plan.callsPerSecond,
    asOf: clock.now() - 86_400_000 * 90,
  }
  const open = (faults: { rules: readonly FaultRule[] }) =>
    createSimulator({
      ...options,
      faults: { ...faults, ...(faults.rules.length > 0 && { drift: { changes: 4, overSearchCalls: 20 } }) },
      journal: { entries: [...journal], append: (entry) => void journal.push(entry) },
    })
  let simulator = open({ rules })
  let hasActed = false
  return {
    host: `carrier-${index}.example`,
    journal,
    simulator: () => simulator,
    writes: () => journal.filter((entry) => entry.type === "write"),
    struck: () => journal.flatMap((entry) => (entry.type === "fault" ? [rules[entry.rule]?.fault ?? entry.fault] : [])),
    actOnce() {
      if (hasActed) return
      hasActed = true
      const present = [...simulator.state].map(({ iccid }) => iccid)
      const some = () => present.splice(Math.floor(random() * present.length), 1)[0] as string
      const { operator } = simulator
      const left = [some(), some(), some()]
      for (const iccid of left) operator.leave(iccid)
      for (const iccid of [some(), some()]) operator.change(iccid, { status: "DEACTIVATED" })
      operator.enter(clock.now())
      operator.comeBack(left[0] as string)
      operator.change(left[0] as string, { accountCustom10: "came back" })
    },
    becomeFaultless() {
      simulator = open({ rules: [] })
    },
  }
}

function drawRules(random: () => number): readonly FaultRule[] {
  return CARRIER_FAULTS.filter(() => random() < 0.35).map((fault): FaultRule => {
    const isOfWrites = ["silentNoOp", "lateRead", "queuedWrite"].includes(fault)
    const oncePer = isOfWrites ? 3 + Math.floor(random() * 12) : 8 + Math.floor(random() * 80)
    const maxDelayMs = [200, 5_000, 40_000][Math.floor(random() * 3)] as number
    const onWrites = fault === "lostReply" && random() < 0.6
    return { fault, oncePer, limit: 4, maxDelayMs, ...(onWrites && { on: "editDevice" as const }) }
  })
}
