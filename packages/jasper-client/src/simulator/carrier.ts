import { createAgenda } from "./agenda.ts"
import { cycleAt } from "./billing-cycle.ts"
import { disturbList } from "./disturbances.ts"
import { type DriftStep, driftFields, planDrift } from "./drift.ts"
import type { Carrier } from "./endpoints/endpoint.ts"
import { describeFault, emptyFaultCounts, type FaultKind, type FaultMoment } from "./fault-catalogue.ts"
import { defaultFaultPlan, type FaultPlan } from "./fault-plan.ts"
import { createFaultSchedule, type DueFault } from "./fault-schedule.ts"
import { createFleet } from "./fleet.ts"
import { createFleetState } from "./fleet-state.ts"
import { type ActEntry, claimJournal, type JournalEntry, type WriteEntry } from "./journal.ts"
import { planLifecycle } from "./lifecycle.ts"
import { createMessageStore } from "./message-store.ts"
import type { Operation } from "./operation.ts"
import type { Operator } from "./operator.ts"
import type { ResolvedOptions } from "./options.ts"
import { createPusher, type Pusher } from "./push.ts"
import { pushEventsOf } from "./push-events.ts"
import { createUsageLists } from "./usage-lists.ts"
import { createGrowingMeter, createStaticMeter } from "./usage-meter.ts"

/** A carrier with its memory: every effect goes through here, is journaled first, and can be replayed. */
export interface RememberingCarrier extends Carrier {
  readonly writes: readonly WriteEntry[]
  readonly injected: Readonly<Record<FaultKind, number>>
  readonly operator: Operator
  readonly pusher: Pusher | undefined
  /** Whether a fault revoked the API key, for good. */
  readonly isKeyRevoked: boolean
  /** The fault that strikes a call at this moment, journaled and counted; disturbances of the list happen here. */
  strike(moment: "before" | "aside" | "after", operation: Operation): DueFault | undefined
  /** Tells that a search was answered, and lets the changes happen that were due then. */
  searchAnswered(): void
  /** Moves the carrier's clock ahead. */
  jump(ms: number): void
}

/**
 * Opens the carrier of a simulator, replaying its journal.
 *
 * @throws {RangeError} If the journal belongs to another fleet.
 */
export function openCarrier(options: ResolvedOptions): RememberingCarrier {
  const { seed, devices, journal, modes } = options
  const past = [...journal.entries]
  const first = past[0]
  const asOf = first?.type === "fleet" ? first.asOf : options.asOf
  claimJournal(first, { type: "fleet", version: 1, seed, devices, asOf }, journal.append)

  const grows = modes.usage === "growing"
  const dateStepMs = modes.dateResolution === "second" ? 1000 : 1
  const fleet = createFleet({ seed, size: devices, asOf, dateStepMs, iccidDigits: modes.iccidDigits })
  const pusher = options.push && createPusher(options.push)
  let isReplaying = true
  let aheadMs = modes.clockAheadMs
  const state = createFleetState(fleet, {
    agenda: createAgenda(grows ? planLifecycle(seed, fleet, asOf) : []),
    dateStepMs,
    onChange(id, before, after, at) {
      if (isReplaying || pusher === undefined) return
      for (const event of pushEventsOf(fleet.iccidOf(id), before, after, at)) pusher.push(event)
    },
  })
  const meter = grows ? createGrowingMeter(seed, fleet, state) : createStaticMeter(fleet, state)
  const plan = resolvePlan(options)
  const schedule = createFaultSchedule(seed, plan.rules)
  const messages = createMessageStore(journal.append)
  const writes: WriteEntry[] = []
  const injected = emptyFaultCounts()
  const driftDone = new Set<number>()
  let isKeyRevoked = false
  for (const entry of past) replay(entry)
  isReplaying = false
  let drift = planDrift(seed, devices, plan.drift).filter(({ step }) => !driftDone.has(step))
  let searchCalls = 0

  function now(): number {
    return Math.floor(options.clock.now() + aheadMs)
  }

  function record(entry: JournalEntry): void {
    journal.append(entry)
    replay(entry)
  }

  /** Puts an entry into effect, whether it is new or remembered; only a late read shows a difference. */
  function replay(entry: JournalEntry): void {
    if ("at" in entry) state.settle(entry.at)
    if (entry.type === "clock") aheadMs = entry.aheadMs
    else if (entry.type === "sms") messages.replay(entry)
    else if (entry.type === "act") replayAct(entry)
    else if (entry.type === "write") replayWrite(entry, 0)
    else if (entry.type === "fault") {
      if (isReplaying) schedule.replay(entry.rule)
      if (entry.fault === "keyRevoked") isKeyRevoked = true
      injected[describeFault(entry.fault).kind]++
    } else if (entry.type === "drift") {
      driftDone.add(entry.step)
      injected.drifted++
      state.change(fleet.idOf(entry.iccid), entry.fields, { at: entry.at })
    }
  }

  function replayAct({ act, at, iccid, fields = {}, date = at }: ActEntry): void {
    const id = fleet.idOf(iccid)
    if (act === "enter") state.enter(date)
    else if (act === "leave") state.leave(id)
    else if (act === "comeBack") state.comeBack(id)
    else state.change(id, fields, { at })
  }

  function replayWrite(entry: WriteEntry, lateMs: number): void {
    writes.push(entry)
    if (entry.effect === "none") return
    const { at, effectiveAt = at, fields } = entry
    const id = fleet.idOf(entry.iccid)
    if (effectiveAt > at) state.plan({ at: effectiveAt, id, fields })
    else state.change(id, fields, { at, shownAt: at + lateMs })
    if (fields["overageLimitOverride"] === "TEMPORARY_OVERRIDE") {
      const { endsAt } = cycleAt(effectiveAt, modes.utcOffsetHours)
      const onlyIf = { field: "overageLimitOverride", value: "TEMPORARY_OVERRIDE" }
      state.plan({ at: endsAt, id, fields: { overageLimitOverride: "DEFAULT" }, onlyIf })
    }
  }

  function strike(moment: FaultMoment, operation: Operation): DueFault | undefined {
    const due = schedule.due(moment, operation)
    if (due === undefined) return undefined
    record({ type: "fault", at: now(), rule: due.rule, fault: due.fault })
    if (moment === "aside") disturbList(due, { fleet, state, operator, now: now() })
    return due
  }

  const operator: Operator = {
    change: (iccid, fields) => record({ type: "act", act: "change", at: now(), iccid: known(iccid), fields }),
    enter(date) {
      const iccid = fleet.iccidOf(state.idLimit)
      record({ type: "act", act: "enter", at: now(), iccid, date })
      return iccid
    },
    leave: (iccid) => record({ type: "act", act: "leave", at: now(), iccid: known(iccid) }),
    comeBack(iccid) {
      const id = fleet.idOf(iccid)
      if (id < 0 || id >= state.idLimit || state.has(id)) {
        throw new RangeError(`Cannot bring back SIM: ${iccid} did not leave`)
      }
      record({ type: "act", act: "comeBack", at: now(), iccid })
    },
  }

  function known(iccid: string): string {
    if (!state.has(fleet.idOf(iccid))) throw new RangeError(`Cannot change SIM: the account has no ${iccid}`)
    return iccid
  }

  function drifts(step: DriftStep): void {
    if (!state.has(step.id)) return
    const fields = driftFields(step, state.trueRecord(step.id))
    record({ type: "drift", step: step.step, at: now(), iccid: fleet.iccidOf(step.id), fields })
  }

  return {
    options,
    fleet,
    state,
    meter,
    messages,
    usageLists: createUsageLists(state, meter, grows),
    writes,
    injected,
    operator,
    pusher,
    now,
    sawPage: schedule.sawPage,
    strike,
    get searches() {
      return searchCalls
    },
    get isKeyRevoked() {
      return isKeyRevoked
    },
    write(id, fields, effectiveAt) {
      // A write that changes nothing anyway can neither be lost nor be late: the fault waits for the next one.
      const due = state.wouldChange(id, fields) ? strike("write", "editDevice") : undefined
      const at = now()
      const startsAt = Math.max(effectiveAt ?? at, due?.fault === "queuedWrite" ? at + due.maxDelayMs : at)
      const entry: WriteEntry = {
        type: "write",
        seq: writes.length + 1,
        at,
        iccid: fleet.iccidOf(id),
        fields,
        effect: due?.fault === "silentNoOp" ? "none" : "applied",
        ...(startsAt > at ? { effectiveAt: startsAt } : {}),
      }
      journal.append(entry)
      replayWrite(entry, due?.fault === "lateRead" ? 1 + (due.draw % due.maxDelayMs) : 0)
      return startsAt > at ? "later" : "now"
    },
    searchAnswered() {
      searchCalls++
      while (drift[0] !== undefined && drift[0].afterSearchCall <= searchCalls) {
        drifts(drift[0])
        drift = drift.slice(1)
      }
    },
    jump(ms) {
      record({ type: "clock", aheadMs: aheadMs + ms })
    },
  }
}

function resolvePlan({ faults, devices }: ResolvedOptions): FaultPlan {
  if (faults === "off") return { rules: [] }
  return faults === "default" ? defaultFaultPlan(devices) : faults
}
