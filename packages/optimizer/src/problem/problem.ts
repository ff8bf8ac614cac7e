/**
 * The problem document, version 1: which SIMs there are, what each rate plan costs, and which limits hold.
 *
 * All numbers are safe integers. Money is in micro-units (1,000,000 = one currency unit), volume in KB.
 * A document read with `JSON.parse` is a `Problem`; large fleets may pass typed arrays as columns instead.
 */
export interface Problem {
  /** Version of the document. @default 1 */
  readonly version?: 1
  /** Free text, for people. */
  readonly name?: string
  /** Free text, for people. */
  readonly description?: string
  /** Days in the billing cycle, 1 or more. */
  readonly cycleDays: number
  /** Micro-units charged for each SIM whose plan differs from its current one. @default 0 */
  readonly changeCost?: number
  /** Rate plans; an assignment names them by their position here. */
  readonly plans: readonly RatePlan[]
  /** Pools that plans may name. @default [] */
  readonly pools?: readonly Pool[]
  /** Which plans each communication plan permits. Absent: every plan is permitted to every SIM. */
  readonly commPlans?: readonly CommPlan[]
  /** One entry per SIM in each column. */
  readonly sims: SimColumns
}

/** How overage is charged: `exact` in proportion, `block` for every started block. */
export type OverageRounding = "exact" | "block"

/** One rate plan. */
export interface RatePlan {
  readonly id: string
  /** Micro-units per SIM for a full cycle, prorated by active days. */
  readonly monthly: number
  /** KB included per SIM for a full cycle, prorated by active days. */
  readonly included: number
  /** Id of the pool that shares the allowance; `null` or absent: each SIM stands alone. */
  readonly pool?: string | null
  /** Micro-units for each `overageBlock` KB above the allowance. Only without a pool. @default 0 */
  readonly overageCost?: number
  /** KB in one unit of overage. Only without a pool. @default 1 */
  readonly overageBlock?: number
  /** Only without a pool. @default "exact" */
  readonly overageRounding?: OverageRounding
  /** SMS included per SIM, not prorated. @default 0 */
  readonly smsIncluded?: number
  /** Micro-units per SMS above the included count. @default 0 */
  readonly smsCost?: number
  /** Fewest SIMs the plan must hold. Absent or `null`: no limit. */
  readonly minSims?: number | null
  /** Most SIMs the plan may hold. Absent or `null`: no limit. */
  readonly maxSims?: number | null
}

/** An allowance shared by all SIMs on all plans that name it, billed once. */
export interface Pool {
  readonly id: string
  /** Micro-units for each `overageBlock` KB of shared overage. */
  readonly overageCost: number
  /** KB in one unit of overage. @default 1 */
  readonly overageBlock?: number
  /** @default "exact" */
  readonly overageRounding?: OverageRounding
}

/** The plans that SIMs of one communication plan may use. */
export interface CommPlan {
  readonly id: string
  /** Ids of permitted plans. Empty: its SIMs have no plan, and the problem is infeasible. */
  readonly plans: readonly string[]
}

/** The fleet as columns of equal length: plain arrays or typed arrays. */
export interface SimColumns {
  /** ICCIDs or other names, used in reports only. */
  readonly id?: readonly string[]
  /** KB used in the cycle. */
  readonly usage: ArrayLike<number>
  /** Active days, 0 to `cycleDays`. Absent: the full cycle for all. */
  readonly days?: ArrayLike<number>
  /** SMS sent. Absent: none. */
  readonly sms?: ArrayLike<number>
  /** Position in `commPlans`. Absent: every plan is permitted. */
  readonly commPlan?: ArrayLike<number>
  /** Position in `plans` of the plan the SIM is on, or -1. Absent: no SIM has one. */
  readonly currentPlan?: ArrayLike<number>
}

/** For each SIM, in the order of the problem, the position of its plan in `plans`. */
export type Assignment = ArrayLike<number>
