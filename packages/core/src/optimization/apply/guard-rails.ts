import * as v from "valibot"
import type { DeviceStatus } from "../../domain/mod.ts"
import { CoreError } from "../../errors/mod.ts"
import type { RatePlanChangeRule, Sourced } from "../../ports/mod.ts"

/** What a field of a SIM has to be: one of these values, none of them, or text that begins like this. `null` is unset. */
export type FieldCondition =
  | readonly (string | null)[]
  | { readonly not: readonly (string | null)[] }
  | { readonly startsWith: string }

/** Fields of a SIM that conditions look at, as the inventory has them when the changes are planned. */
export type SimField =
  | "iccid"
  | "carrierDeviceId"
  | "status"
  | "ratePlan"
  | "communicationPlan"
  | "customerId"
  | "siteId"

/** A SIM fits where all of its fields that are named fit. ICCIDs are compared on their first 19 digits. */
export type SimCondition = Readonly<Partial<Record<SimField, FieldCondition>>>

/** Some changes go first, and have to be seen at the carrier before the others are begun. */
export interface CanaryRail {
  readonly size: number
  /** Largest share of them, 0 to 1, that may end otherwise. */
  readonly mostUnverified: number
}

/** What limits the changes that are made of a session's moves. Data: it is stored with them. */
export interface GuardRails {
  /** Most SIMs that move; `null` = as many as save. */
  readonly mostMoves: number | null
  /** Micro-units that each move has to save in the billing period, pools counted as they are billed. 0 = anything. */
  readonly leastSaving: number
  /** SIMs that stay where they are: those that fit one of these. */
  readonly protectedSims: readonly SimCondition[]
  /** Rules of the carrier, beside those its connector knows. SIMs that one forbids to move stay where they are. */
  readonly carrierRules: readonly Sourced<RatePlanChangeRule>[]
  readonly canary: CanaryRail | null
  /** Plans moves that cannot be sent before the billing period ends as well. */
  readonly ignoresPeriodEnd: boolean
}

/** Nothing is held back but what the carrier forbids, what comes too late, and what saves nothing. */
export const DEFAULT_GUARD_RAILS: GuardRails = {
  mostMoves: null,
  leastSaving: 0,
  protectedSims: [],
  carrierRules: [],
  canary: null,
  ignoresPeriodEnd: false,
}

const count = (least: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least))
const value = v.nullable(v.string())
const condition = v.union([
  v.array(value),
  v.strictObject({ not: v.array(value) }),
  v.strictObject({ startsWith: v.pipe(v.string(), v.minLength(1)) }),
])
const sim = v.pipe(
  v.strictObject({
    iccid: v.optional(condition),
    carrierDeviceId: v.optional(condition),
    status: v.optional(condition),
    ratePlan: v.optional(condition),
    communicationPlan: v.optional(condition),
    customerId: v.optional(condition),
    siteId: v.optional(condition),
  }),
  v.check((fields) => Object.keys(fields).length > 0, "names no field, and would fit every SIM"),
)
const status = v.pipe(
  v.string(),
  v.minLength(1),
  v.transform((word) => word as DeviceStatus),
)
const rule = v.variant("rule", [
  v.strictObject({ rule: v.literal("leastDaysBetween"), days: count(1) }),
  v.strictObject({ rule: v.literal("mostChanges"), changes: count(1), days: count(1) }),
  v.strictObject({ rule: v.literal("notInStatus"), statuses: v.pipe(v.array(status), v.minLength(1)) }),
])
const sourcedRule = v.strictObject({
  value: rule,
  source: v.pipe(v.string(), v.minLength(1)),
  asOf: v.pipe(v.string(), v.isoDate()),
})
const rails = v.strictObject({
  mostMoves: v.optional(v.nullable(count(0)), DEFAULT_GUARD_RAILS.mostMoves),
  leastSaving: v.optional(count(0), DEFAULT_GUARD_RAILS.leastSaving),
  protectedSims: v.optional(v.array(sim), []),
  carrierRules: v.optional(v.array(sourcedRule), []),
  canary: v.optional(
    v.nullable(v.strictObject({ size: count(1), mostUnverified: v.pipe(v.number(), v.minValue(0), v.maxValue(1)) })),
    DEFAULT_GUARD_RAILS.canary,
  ),
  ignoresPeriodEnd: v.optional(v.boolean(), DEFAULT_GUARD_RAILS.ignoresPeriodEnd),
})

/**
 * Guard rails with what was left out filled in.
 *
 * @throws {CoreError} `input.invalid` with the field for what is none, for example `guardRails.canary.size`.
 *
 * @example
 * ```ts
 * import { checkGuardRails } from "@altaworx/core/optimization"
 *
 * const rails = checkGuardRails({ mostMoves: 500, protectedSims: [{ customerId: ["42"] }, { iccid: { startsWith: "8901" } }] })
 * console.log(rails.mostMoves, rails.leastSaving) // 500 0
 * ```
 */
export function checkGuardRails(asked: Partial<GuardRails> = {}): GuardRails {
  const checked = v.safeParse(rails, asked)
  // What is optional is left out, never `undefined`: it came as data.
  if (checked.success) return checked.output as GuardRails
  const [issue] = checked.issues
  const field = ["guardRails", v.getDotPath(issue)].filter(Boolean).join(".")
  throw new CoreError("input.invalid", `Cannot take these guard rails: ${field}: ${issue.message}`, { field })
}
