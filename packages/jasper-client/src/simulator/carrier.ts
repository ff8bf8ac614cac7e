import { driftFields, type DriftStep, planDrift } from "./drift.ts"
import type { Carrier } from "./endpoints/endpoint.ts"
import { FAULTS, type FaultKind } from "./fault-catalogue.ts"
import { defaultFaultPlan, type FaultPlan } from "./fault-plan.ts"
import { createFaultSchedule, type DueFault, type FaultSchedule } from "./fault-schedule.ts"
import { createFleet } from "./fleet.ts"
import { createFleetState } from "./fleet-state.ts"
import { claimJournal, type FleetEntry, type JournalEntry, type WriteEntry } from "./journal.ts"
import type { Operation } from "./operation.ts"
import type { ResolvedOptions } from "./options.ts"
import { createUsageLists } from "./usage-lists.ts"

/** A carrier with its memory: every effect goes through here, is journaled first, and can be replayed. */
export interface RememberingCarrier extends Carrier {
  readonly writes: readonly WriteEntry[]
  readonly injected: Readonly<Record<FaultKind, number>>
  /** The fault that strikes a call at this moment, journaled and counted. */
  strike(moment: "before" | "after", operation: Operation, now: number): DueFault | undefined
  /** Tells that a search was answered, and lets the changes happen that were due then. */
  searchAnswered(now: number): void
}

/**
 * Opens the carrier of a simulator, replaying its journal.
 *
 * @throws {RangeError} If the journal belongs to another fleet.
 */
export function openCarrier(options: ResolvedOptions): RememberingCarrier {
  const { seed, devices, journal } = options
  const past = [...journal.entries]
  const first = past[0]
  const asOf = first?.type === "fleet" ? first.asOf : options.asOf
  const fleetEntry: FleetEntry = { type: "fleet", version: 1, seed, devices, asOf }
  claimJournal(first, fleetEntry, journal.append)

  const fleet = createFleet({ seed, size: devices, asOf })
  const state = createFleetState(fleet)
  const plan = resolvePlan(options)
  const schedule = createFaultSchedule(seed, plan.rules)
  const writes: WriteEntry[] = []
  const injected = emptyCounts()
  const driftDone = new Set<number>()
  for (const entry of past) replay(entry)
  let drift = planDrift(seed, devices, plan.drift).filter(({ step }) => !driftDone.has(step))
  let searchCalls = 0

  function replay(entry: JournalEntry): void {
    if (entry.type === "fleet") return
    if (entry.type === "fault") {
      schedule.replay(entry.rule)
      injected[FAULTS[entry.fault].kind]++
      return
    }
    if (entry.type === "write") {
      writes.push(entry)
      if (entry.effect === "none") return
    } else {
      driftDone.add(entry.step)
      injected.drifted++
    }
    const id = fleet.idOf(entry.iccid)
    if (id >= 0) state.change(id, entry.fields, { at: entry.at })
  }

  function strike(
    moment: Parameters<FaultSchedule["due"]>[0],
    operation: Operation,
    now: number,
  ): DueFault | undefined {
    const due = schedule.due(moment, operation)
    if (due === undefined) return undefined
    journal.append({ type: "fault", at: now, rule: due.rule, fault: due.fault })
    injected[FAULTS[due.fault].kind]++
    return due
  }

  function drifts({ step, id, ...rest }: DriftStep, now: number): void {
    const fields = driftFields({ step, id, ...rest }, state.trueRecord(id))
    journal.append({ type: "drift", step, at: now, iccid: fleet.iccidOf(id), fields })
    injected.drifted++
    state.change(id, fields, { at: now })
  }

  return {
    options,
    fleet,
    state,
    usageLists: createUsageLists(fleet),
    writes,
    injected,
    sawPage: schedule.sawPage,
    strike,
    write(id, fields, now) {
      // A write that changes nothing anyway can neither be lost nor be late: the fault waits for the next one.
      const due = state.wouldChange(id, fields) ? strike("write", "editDevice", now) : undefined
      const effect = due?.fault === "silentNoOp" ? "none" : "applied"
      const entry: WriteEntry = {
        type: "write",
        seq: writes.length + 1,
        at: now,
        iccid: fleet.iccidOf(id),
        fields,
        effect,
      }
      journal.append(entry)
      writes.push(entry)
      if (effect === "none") return
      const delayMs = due?.fault === "lateRead" ? 1 + (due.draw % due.maxDelayMs) : 0
      state.change(id, fields, { at: now, shownAt: now + delayMs })
    },
    searchAnswered(now) {
      searchCalls++
      while (drift[0] !== undefined && drift[0].afterSearchCall <= searchCalls) {
        drifts(drift[0], now)
        drift = drift.slice(1)
      }
    },
  }
}

function resolvePlan({ faults, devices }: ResolvedOptions): FaultPlan {
  if (faults === "off") return { rules: [] }
  return faults === "default" ? defaultFaultPlan(devices) : faults
}

function emptyCounts(): Record<FaultKind, number> {
  return {
    rateLimited: 0,
    serverErrors: 0,
    dropped: 0,
    lostReplies: 0,
    silentNoOps: 0,
    lateReads: 0,
    drifted: 0,
  }
}
