import {
  bestPlanIndex,
  IDLE_SHARE,
  MISPLACED_SHARE,
  permittedPlanIndexes,
  STATUS_SHARES,
  USAGE_GROUPS,
  USAGE_QUANTILES,
} from "./fleet-design.ts"
import { hash32, hashBelow } from "./hash.ts"
import { createNumbering } from "./numbering.ts"
import { type CycleUsage, NO_USAGE } from "./cycle-usage.ts"

/** What the seed says of one SIM, before anyone changed it. */
export interface SeededDevice {
  readonly status: string
  /** Index into RATE_PLANS. */
  readonly planIndex: number
  readonly communicationPlan: string
}

/**
 * The fleet as the seed made it. SIMs are numbered from 0 by modification date, oldest first, and drawn when asked
 * for: nothing is kept for each SIM.
 */
export interface Fleet {
  readonly size: number
  iccidOf(id: number): string
  /** The number that goes with an ICCID, -1 if none does; one beyond `size` may not have entered yet. */
  idOf(iccid: string): number
  /** Modification date, epoch milliseconds; never smaller than that of `id - 1`. */
  dateOf(id: number): number
  deviceOf(id: number): SeededDevice
  /** What a SIM uses in a month if it is active throughout, whatever its status. */
  habitOf(id: number): CycleUsage
  /** The same for SIMs that the seed made active, and nothing for the others. */
  usageOf(id: number): CycleUsage
  /** A small number that belongs to the SIM, for fields nobody computes with. */
  traitOf(id: number, below: number): number
}

const STREAM = { status: 1, group: 2, idle: 3, usage: 4, misplaced: 5, wrongPlan: 6, date: 7, bulk: 8, sms: 9 } as const
const ROAMING_STREAM = 10
const TRAIT_STREAM = 11

const HISTORY_MS = 3 * 365 * 86_400_000
/** Every fourth run of this many SIMs starts with a bulk edit: many SIMs changed within one second. */
const BULK_RUN = 2048
const BULK_SIZE = 120

/** Which fleet to draw. */
export interface FleetOptions {
  readonly seed: number
  readonly size: number
  /** Every SIM was last changed before this instant, epoch milliseconds. */
  readonly asOf: number
  /** Resolution of modification dates. @default 1 */
  readonly dateStepMs?: number
  /** Length of an ICCID. @default 19 */
  readonly iccidDigits?: 19 | 20
}

/** Draws a fleet. */
export function createFleet(options: FleetOptions): Fleet {
  const { seed, size, asOf, dateStepMs = 1, iccidDigits = 19 } = options
  const numbering = createNumbering(seed, size, iccidDigits)
  const groups = USAGE_GROUPS.map((group) => ({ ...group, permitted: permittedPlanIndexes(group) }))
  const firstDate = asOf - HISTORY_MS

  function statusOf(id: number): string {
    return pickShare(STATUS_SHARES, hashBelow(seed, STREAM.status, id, 1000))
  }

  function groupOf(id: number): (typeof groups)[number] {
    let point = hashBelow(seed, STREAM.group, id, 1000)
    for (const group of groups) {
      point -= group.share
      if (point < 0) return group
    }
    throw new RangeError("Shares of the usage groups do not add up to 1000")
  }

  function habitBytesOf(id: number, medianBytes: number): number {
    if (hashBelow(seed, STREAM.idle, id, 1000) < IDLE_SHARE) return 0
    const point = hash32(seed, STREAM.usage, id) / 0x1_0000_0000
    const step = Math.floor(point * 32)
    const low = USAGE_QUANTILES[step] ?? 0
    const high = USAGE_QUANTILES[step + 1] ?? low
    return Math.floor((medianBytes * (low + (high - low) * (point * 32 - step))) / 1000)
  }

  function habitOf(id: number): CycleUsage {
    const bytes = habitBytesOf(id, groupOf(id).medianBytes)
    const roams = hashBelow(seed, ROAMING_STREAM, id, 100) < 6
    const roamingBytes = roams ? Math.floor((bytes * (1 + hashBelow(seed, ROAMING_STREAM, id, 37))) / 100) : 0
    const texts = hashBelow(seed, STREAM.sms, id, 100) < 25
    const sms = texts ? 1 + hashBelow(seed, STREAM.sms, ~id, 24) : 0
    const smsReceived = Math.floor(sms / 3)
    return { homeBytes: bytes - roamingBytes, roamingBytes, smsSent: sms - smsReceived, smsReceived }
  }

  function exactDate(id: number): number {
    const run = Math.floor(id / BULK_RUN)
    const first = run * BULK_RUN
    const isBulk = id - first < BULK_SIZE && hashBelow(seed, STREAM.bulk, run, 4) === 0
    if (!isBulk) return spacedDate(id)
    // Within the first SIM's own slot, so that the order still holds.
    return Math.floor(firstDate + (first * HISTORY_MS) / size) + Math.floor(((id - first) * 900) / BULK_SIZE)
  }

  function spacedDate(id: number): number {
    const step = HISTORY_MS / size
    return Math.floor(firstDate + id * step + hashBelow(seed, STREAM.date, id, Math.max(1, Math.floor(step))))
  }

  return {
    size,
    iccidOf: numbering.iccidOf,
    idOf: numbering.idOf,
    dateOf: (id) => Math.floor(exactDate(id) / dateStepMs) * dateStepMs,
    deviceOf(id) {
      const group = groupOf(id)
      const best = bestPlanIndex(
        group.permitted,
        statusOf(id) === "ACTIVATED" ? habitBytesOf(id, group.medianBytes) : 0,
      )
      const isMisplaced = hashBelow(seed, STREAM.misplaced, id, 1000) < MISPLACED_SHARE
      const planIndex = isMisplaced ? otherPlan(group.permitted, best, hash32(seed, STREAM.wrongPlan, id)) : best
      return { status: statusOf(id), planIndex, communicationPlan: group.communicationPlan }
    },
    habitOf,
    usageOf: (id) => (statusOf(id) === "ACTIVATED" ? habitOf(id) : NO_USAGE),
    traitOf: (id, below) => hashBelow(seed, TRAIT_STREAM, id, below),
  }
}

function pickShare(shares: readonly (readonly [string, number])[], point: number): string {
  let left = point
  for (const [value, share] of shares) {
    left -= share
    if (left < 0) return value
  }
  throw new RangeError("Shares do not add up to 1000")
}

/** Mostly a neighbour of the best plan, as a SIM whose habit changed would be; sometimes any other. */
function otherPlan(permitted: readonly number[], best: number, draw: number): number {
  const others = permitted.filter((plan) => plan !== best)
  const neighbours = others.filter((plan) => Math.abs(permitted.indexOf(plan) - permitted.indexOf(best)) === 1)
  const choice = draw % 10 < 7 ? neighbours : others
  return choice[Math.floor(draw / 10) % choice.length] ?? best
}
