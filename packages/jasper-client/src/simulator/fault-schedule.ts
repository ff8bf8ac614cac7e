import { describeFault, FAULT_NAMES, type FaultMoment, type FaultName } from "./fault-catalogue.ts"
import type { FaultRule } from "./fault-plan.ts"
import { hash32, hashBelow } from "./hash.ts"
import type { Operation } from "./operation.ts"

/** A rule that strikes now. */
export interface DueFault {
  readonly rule: number
  readonly fault: FaultName
  /** A seeded 32-bit number for whatever the fault has to choose. */
  readonly draw: number
  readonly maxDelayMs: number
  readonly count: number
}

/** Decides which call each fault strikes. */
export interface FaultSchedule {
  /** The one fault, if any, that strikes this call at this moment; counts the call for every matching rule. */
  due(moment: FaultMoment, operation: Operation): DueFault | undefined
  /** Tells that a search asked for this page. */
  sawPage(pageNumber: number): void
  /** Counts a strike that the journal remembers. */
  replay(rule: number): void
}

interface RuleState {
  readonly rule: FaultRule
  matches: number
  struck: number
  /** Strikes that fell on a call which another fault had taken; they follow at the next matching one. */
  owed: number
  /** Whether the short first run is over, because an earlier process had it. */
  skipsFirst: boolean
}

const SCHEDULE_STREAM = 1000

/**
 * Builds the schedule of a list of rules; where they strike follows from the seed alone.
 *
 * @throws {RangeError} If a rule names no known fault, or a number in it is out of range.
 */
export function createFaultSchedule(seed: number, rules: readonly FaultRule[]): FaultSchedule {
  for (const rule of rules) checkRule(rule)
  const states = rules.map((rule): RuleState => ({ rule, matches: 0, struck: 0, owed: 0, skipsFirst: false }))
  let deepestPage = 0

  function isDue(state: RuleState, index: number): boolean {
    const { nth, oncePer, chance } = state.rule
    const stream = SCHEDULE_STREAM + index
    if (nth !== undefined) return state.matches === nth
    if (chance !== undefined) return hash32(seed, stream, state.matches) < chance * 0x1_0000_0000
    if (oncePer === undefined) return true
    const first = state.skipsFirst ? oncePer : (state.rule.first ?? oncePer)
    const beyondFirst = state.matches - 1 - first
    const run = beyondFirst < 0 ? 0 : 1 + Math.floor(beyondFirst / oncePer)
    const place = run === 0 ? state.matches - 1 : beyondFirst % oncePer
    return place === hashBelow(seed, stream, run, run === 0 ? first : oncePer)
  }

  return {
    due(moment, operation) {
      let due: DueFault | undefined
      for (const [index, state] of states.entries()) {
        const { rule } = state
        if (describeFault(rule.fault).moment !== moment || !matches(rule, operation, deepestPage)) continue
        if (state.struck >= (rule.limit ?? Number.POSITIVE_INFINITY)) continue
        state.matches++
        if (isDue(state, index)) state.owed++
        if (due !== undefined || state.owed === 0) continue
        state.owed--
        state.struck++
        const draw = hash32(seed, SCHEDULE_STREAM + index, ~state.struck)
        due = { rule: index, fault: rule.fault, draw, maxDelayMs: rule.maxDelayMs ?? 200, count: rule.count ?? 1 }
      }
      return due
    },
    sawPage(pageNumber) {
      deepestPage = Math.max(deepestPage, pageNumber)
    },
    replay(rule) {
      const state = states[rule]
      if (state === undefined) return
      state.struck++
      state.skipsFirst = true
    },
  }
}

function matches(rule: FaultRule, operation: Operation, deepestPage: number): boolean {
  if (rule.afterPage !== undefined && deepestPage <= rule.afterPage) return false
  const on = rule.on ?? describeFault(rule.fault).on
  if (on === undefined) return true
  return typeof on === "string" ? on === operation : on.includes(operation)
}

function checkRule(rule: FaultRule): void {
  if (!FAULT_NAMES.includes(rule.fault)) {
    throw new RangeError(`Cannot plan faults: ${JSON.stringify(rule.fault)} is no fault switch`)
  }
  for (const name of ["nth", "oncePer", "first", "maxDelayMs", "count"] as const) {
    const value = rule[name] ?? 1
    if (Number.isInteger(value) && value >= 1) continue
    throw new RangeError(`Cannot plan faults: ${name} of ${rule.fault} must be an integer from 1, got ${value}`)
  }
  const { chance = 0 } = rule
  if (!(chance >= 0 && chance <= 1)) {
    throw new RangeError(`Cannot plan faults: chance of ${rule.fault} must be 0 to 1, got ${chance}`)
  }
}
