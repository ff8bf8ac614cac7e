/** What a sync is to read. */
export interface SyncPlan {
  /** Devices that the account has, about. */
  readonly devices: number
  /** The account's call rate. @default 5 */
  readonly callsPerSecond?: number
  /** A stitched scan: see `ScanOptions.stitch`. @default false */
  readonly stitch?: boolean
  /** Rate plans to list, each with so many versions whose usage is read. @default none */
  readonly ratePlans?: number
  readonly versionsPerPlan?: number
  /** Devices with usage in the cycle: rows of usage by rate plan. @default devices */
  readonly devicesWithUsage?: number
  /** Devices whose details are read one by one. @default 0 */
  readonly details?: number
  /** Devices whose cycle usage is read one by one, where usage by plan is refused. @default 0 */
  readonly cycleUsages?: number
}

/** What it costs. */
export interface CallBudget {
  /** Calls by part, without disturbance. */
  readonly parts: Readonly<Record<"scan" | "ratePlans" | "usage" | "details" | "cycleUsages", number>>
  readonly calls: number
  /** Calls when devices change mildly meanwhile: what to plan with. */
  readonly callsAtMost: number
  readonly callsPerSecond: number
  readonly minutes: number
  readonly minutesAtMost: number
}

/** Rows on a full page. */
const PAGE_ROWS = 50
/** Calls a page of a stitched scan, on average, since its windows overlap. */
const STITCHED = 1.2
/** Beyond the pages: the empty page above the end, the chase, the count, and the chase after it. */
const FIXED_CALLS = 6
/** Bars that the scan is tested against. */
const SWEPT_AT_MOST = 1.15
const STITCHED_AT_MOST = 1.3
const AT_MOST_EXTRA = 40

/**
 * Calls and minutes of a sync before it starts: the carrier's rate decides, and nothing else matters as much.
 *
 * @throws {RangeError} If a number is negative, or the rate is not above 0.
 *
 * @example
 * ```ts
 * import { planSync } from "@altaworx/jasper-client"
 *
 * const budget = planSync({ devices: 20_000, callsPerSecond: 5, ratePlans: 8, versionsPerPlan: 1 })
 * console.log(budget.parts.scan) // 423
 * console.log(budget.minutesAtMost < 4) // true
 * ```
 */
export function planSync(plan: SyncPlan): CallBudget {
  const { devices, callsPerSecond = 5, stitch = false, ratePlans = 0, versionsPerPlan = 1 } = plan
  const { devicesWithUsage = devices, details = 0, cycleUsages = 0 } = plan
  for (const [name, value] of Object.entries({
    devices,
    ratePlans,
    versionsPerPlan,
    devicesWithUsage,
    details,
    cycleUsages,
  })) {
    if (!(value >= 0)) throw new RangeError(`Cannot plan the sync: ${name} must be 0 or more, got ${value}`)
  }
  if (!(callsPerSecond > 0))
    throw new RangeError(`Cannot plan the sync: callsPerSecond must be above 0, got ${callsPerSecond}`)
  const pages = Math.ceil(devices / PAGE_ROWS)
  // Galloping doubles up to the end, bisection halves down to it.
  const locating = pages < 2 ? pages + 1 : 2 * Math.ceil(Math.log2(pages))
  const parts = {
    scan: Math.ceil(pages * (stitch ? STITCHED : 1)) + locating + (pages === 0 ? FIXED_CALLS - 2 : FIXED_CALLS - 1),
    ratePlans: ratePlans === 0 ? 0 : Math.floor(ratePlans / PAGE_ROWS) + 1,
    // Each version's list ends with a page that is not full.
    usage: ratePlans === 0 ? 0 : Math.floor(devicesWithUsage / PAGE_ROWS) + ratePlans * versionsPerPlan,
    details,
    cycleUsages,
  }
  const calls = Object.values(parts).reduce((sum, part) => sum + part, 0)
  const scanAtMost = Math.ceil(pages * (stitch ? STITCHED_AT_MOST : SWEPT_AT_MOST)) + AT_MOST_EXTRA
  const callsAtMost = calls - parts.scan + Math.max(parts.scan, scanAtMost)
  const minutes = (count: number): number => count / callsPerSecond / 60
  return { parts, calls, callsAtMost, callsPerSecond, minutes: minutes(calls), minutesAtMost: minutes(callsAtMost) }
}
