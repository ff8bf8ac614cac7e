import { type Repricing, reprice } from "@altaworx/optimizer"
import { findDevicesByCarrierId } from "../../inventory/mod.ts"
import { enqueueJobs } from "../../jobs/mod.ts"
import type { Platform } from "../../store/mod.ts"
import { selectCohorts } from "../load/cohort-statements.ts"
import { carrierDeviceIdsOf, type LoadedAnswer, loadAnswer } from "../results/load-answer.ts"
import { findSession, listProblems } from "../session/read-session.ts"
import { tellUnexplained } from "../session/session-events.ts"
import type { SessionKey } from "../session/statements.ts"
import { storeReconciliation } from "./apply-statements.ts"
import { eachApplyMove, findOptimizationApply } from "./apply.ts"
import type { Difference, MoveFate, Reconciliation } from "./reconciliation.ts"

/** How the changes of a session ended, in pages; a SIM without one was not changed. */
export type MoveFates = AsyncIterable<readonly { readonly carrierDeviceId: string; readonly fate: MoveFate }[]>

const DIFFERENCES: readonly Difference[] = ["heldBack", "refused", "stale", "failed", "unknown", "cancelled", "open"]

/**
 * Holds what was applied against what was predicted, and stores it with the session. A difference that nothing explains is
 * told by an event.
 *
 * @returns `undefined` where no changes of the session were planned.
 */
export async function reconcile(
  core: Platform,
  key: SessionKey,
  fates: MoveFates,
): Promise<Reconciliation | undefined> {
  const session = await findSession(core, key.tenantId, key.id)
  const apply = await findOptimizationApply(core, key.tenantId, key.id)
  if (!session || !apply) return undefined
  const fateOf = new Map<string, MoveFate>()
  for await (const page of fates) for (const { carrierDeviceId, fate } of page) fateOf.set(carrierDeviceId, fate)
  const plannedTo = new Map<string, string>()
  for await (const page of eachApplyMove(core, { tenantId: key.tenantId, sessionId: key.id })) {
    for (const { carrierDeviceId, toRatePlan } of page) plannedTo.set(carrierDeviceId, toRatePlan)
  }
  const sums = newSums()
  const cohorts = await core.store.read((db) => selectCohorts(db, key))
  for (const stored of await listProblems(core, key.tenantId, key.id)) {
    const answer = await loadAnswer(core, key, stored, cohorts)
    const ids = await carrierDeviceIdsOf(core, key, stored.position, cohorts)
    const plans = new Map(answer.problem.plans.map(({ id }, at) => [id, at]))
    const actual = await actualPlans(core, { ...key, serviceProviderId: session.serviceProviderId }, ids, plans)
    addUp(
      answer,
      ids.map((id, sim) => ({
        planned: plans.get(plannedTo.get(id) ?? "") ?? answer.problem.sims.currentPlan[sim]!,
        // What no change was planned for is where it was.
        fate: plannedTo.has(id) ? (fateOf.get(id) ?? "open") : undefined,
        actual: actual[sim]!,
      })),
      sums,
    )
    await core.runtime.clock.yield()
  }
  const { counts, amounts, unexplained } = sums
  const predicted = BigInt(apply.predictedSaving)
  const missing = DIFFERENCES.reduce((sum, one) => sum + amounts[one], unexplained.amount)
  const found: Reconciliation = {
    reconciledAt: core.runtime.clock.now(),
    predictedSaving: String(predicted),
    appliedSaving: String(predicted - missing),
    differences: Object.fromEntries(
      DIFFERENCES.map((one) => [one, { deviceCount: counts[one], saving: String(amounts[one]) }]),
    ) as unknown as Reconciliation["differences"],
    unexplained: { deviceCount: unexplained.deviceCount, saving: String(unexplained.amount) },
    unpricedCount: sums.unpricedCount,
    state: unexplained.deviceCount === 0 ? "explained" : "unexplained",
  }
  // Whoever is told is told once for each plan, however often it is reconciled: the event has one id.
  const alert = found.state === "unexplained" ? [await tellUnexplained(core, session, apply.createdAt, found)] : []
  await core.store.unit({ name: "optimization.reconcile" }, [
    ...storeReconciliation(key, found.state, found),
    ...enqueueJobs(core.runtime, alert),
  ])
  return found
}

/** Where one SIM was to go, how that ended, and where it is: -1 where that cannot be priced. */
interface SimEnd {
  readonly planned: number
  readonly fate: MoveFate | undefined
  readonly actual: number
}

interface Sums {
  readonly counts: Record<Difference, number>
  readonly amounts: Record<Difference, bigint>
  readonly unexplained: { deviceCount: number; amount: bigint }
  unpricedCount: number
}

function newSums(): Sums {
  const each = <T>(value: T) => Object.fromEntries(DIFFERENCES.map((one) => [one, value])) as Record<Difference, T>
  return { counts: each(0), amounts: each(0n), unexplained: { deviceCount: 0, amount: 0n }, unpricedCount: 0 }
}

/**
 * Goes from the session's answer to the fleet as it is, one kind of difference after the other, and notes what each step
 * adds to the bill.
 */
function addUp({ problem, assignment }: LoadedAnswer, ends: readonly SimEnd[], sums: Sums): void {
  const bill = reprice(problem, assignment)
  const from = problem.sims.currentPlan
  for (const difference of DIFFERENCES) {
    const before = bill.total
    for (const [sim, end] of ends.entries()) {
      // What rails left of the session's answer, or put in its place, is the first step for every SIM.
      if (end.fate !== difference && difference !== "heldBack") continue
      const expected = end.fate === difference ? expectedOf(end, from[sim]!) : end.planned
      if (end.fate === difference || bill.assignment[sim] !== expected) sums.counts[difference]++
      bill.move(sim, expected)
    }
    sums.amounts[difference] += bill.total - before
  }
  const before = bill.total
  for (const [sim, { actual }] of ends.entries()) moveToActual(bill, sim, actual, sums)
  sums.unexplained.amount += bill.total - before
}

/** Where a change that ended like this leaves a SIM. */
function expectedOf({ planned, actual, fate }: SimEnd, from: number): number {
  if (fate === "stale") return actual < 0 ? from : actual
  // These may have been made or not.
  return (fate === "unknown" || fate === "open") && actual === planned ? planned : from
}

function moveToActual(bill: Repricing, sim: number, actual: number, sums: Sums): void {
  if (actual === bill.assignment[sim]) return
  sums.unexplained.deviceCount++
  if (actual < 0) sums.unpricedCount++
  else bill.move(sim, actual)
}

const PAGE_SIZE = 2_000

/** Which of the plans the inventory has each SIM on; -1 for another one, and for a SIM that the carrier no longer lists. */
async function actualPlans(
  core: Platform,
  scope: { readonly tenantId: string; readonly serviceProviderId: string },
  ids: readonly string[],
  plans: ReadonlyMap<string, number>,
): Promise<Int32Array> {
  const actual = new Int32Array(ids.length).fill(-1)
  for (let start = 0; start < ids.length; start += PAGE_SIZE) {
    const carrierDeviceIds = ids.slice(start, start + PAGE_SIZE)
    const at = new Map(carrierDeviceIds.map((id, index) => [id, start + index]))
    const { tenantId, serviceProviderId } = scope
    for (const device of await findDevicesByCarrierId(core, { tenantId, serviceProviderId, carrierDeviceIds })) {
      const sim = at.get(device.carrierDeviceId)
      if (sim === undefined || device.missingSince !== null) continue
      actual[sim] = plans.get(device.carrierRatePlan ?? "") ?? -1
    }
    await core.runtime.clock.yield()
  }
  return actual
}
