import {
  baseAssignment,
  type ExplanationInRows,
  explainEach,
  type Multipliers,
  type Problem,
  price,
  type SolveAsyncOptions,
  solve,
  verify,
} from "@altaworx/optimizer"
import { CoreError } from "../../errors/mod.ts"
import type { Candidate } from "../session/session.ts"
import { cheapestPerSim } from "./cheapest-per-sim.ts"

/** A problem's cheapest assignment among the candidates, with its proof and its split over the SIMs. */
export interface SolvedProblem {
  readonly winner: Candidate
  readonly proof: "optimal" | "bounded"
  readonly moveCount: number
  readonly costs: Readonly<Record<Exclude<Candidate, "certified">, bigint>>
  readonly cost: bigint
  readonly lowerBound: bigint
  readonly multipliers: Multipliers
  /** Per SIM; its savings add up to `costs.current - cost`. */
  readonly explanation: ExplanationInRows
}

/** A problem whose SIMs all have a current plan. */
export type ProblemInUse = Problem & {
  readonly sims: { readonly currentPlan: ArrayLike<number>; readonly commPlan: ArrayLike<number> }
}

/**
 * Prices the candidates with one exact function, lets the certified solver improve on them, checks its certificate from
 * the problem alone, and picks the cheapest; of equally cheap ones the one with the fewest moves.
 *
 * The same problem and effort give the same answer, bit by bit.
 *
 * @throws {CoreError} `optimization.infeasible` if nothing permitted exists. The signal's reason when it aborts.
 */
export async function solveProblem(
  problem: ProblemInUse,
  effort: SolveAsyncOptions = {},
  /** What the sequences strategy found; SIMs of groups that it left out stay. @default all stay */
  sequencesFound: ArrayLike<number> = problem.sims.currentPlan,
): Promise<SolvedProblem> {
  const current = problem.sims.currentPlan
  const rivals = {
    current,
    base: baseAssignment(problem),
    perSimCheapest: cheapestPerSim(problem),
    sequences: sequencesFound,
  }
  // The solver leaves out those that are not permitted, and returns none that is dearer than one of the others.
  const result = await solve(problem, { ...effort, candidates: Object.values(rivals).toReversed() })
  // An answer that was cut short depends on when: it is not stored, and the job starts over.
  effort.signal?.throwIfAborted()
  if (result.status === "infeasible") {
    throw new CoreError("optimization.infeasible", result.conflicts[0]?.message ?? "No permitted assignment exists")
  }
  const checked = verify(problem, result)
  if (!checked.isValid || checked.cost === null || checked.lowerBound === null) {
    throw new CoreError(
      "optimization.not_verified",
      `The solver's certificate does not hold: ${checked.errors.join("; ")}`,
    )
  }
  const priced = Object.entries(rivals).map(([name, assignment]) =>
    candidate(problem, name as keyof typeof rivals, assignment),
  )
  const best = pickWinner([
    ...priced.filter(({ assignment }) => isPermitted(problem, assignment)),
    { ...candidate(problem, "certified", result.assignment), cost: checked.cost },
  ])
  return {
    winner: best.name,
    proof: best.cost === checked.lowerBound ? "optimal" : result.status,
    moveCount: best.moveCount,
    costs: Object.fromEntries(priced.map(({ name, cost }) => [name, cost])) as unknown as SolvedProblem["costs"],
    cost: best.cost,
    lowerBound: checked.lowerBound,
    multipliers: result.multipliers,
    explanation: explainEach(problem, current, best.assignment, result.multipliers),
  }
}

interface PricedCandidate {
  readonly name: Candidate
  readonly assignment: ArrayLike<number>
  readonly moveCount: number
  readonly cost: bigint
}

/** The cheapest; of equally cheap ones the one with the fewest moves; then the first. */
export function pickWinner(candidates: readonly PricedCandidate[]): PricedCandidate {
  return candidates.reduce((a, b) => (b.cost < a.cost || (b.cost === a.cost && b.moveCount < a.moveCount) ? b : a))
}

function candidate(problem: ProblemInUse, name: Candidate, assignment: ArrayLike<number>): PricedCandidate {
  const { currentPlan } = problem.sims
  let moveCount = 0
  for (let sim = 0; sim < assignment.length; sim++) if (assignment[sim] !== currentPlan[sim]) moveCount++
  return { name, assignment, moveCount, cost: price(problem, assignment).total }
}

function isPermitted(problem: ProblemInUse, assignment: ArrayLike<number>): boolean {
  const permitted = (problem.commPlans ?? []).map(({ plans }) => new Set(plans))
  const ids = problem.plans.map(({ id }) => id)
  for (let sim = 0; sim < assignment.length; sim++) {
    if (!permitted[problem.sims.commPlan[sim]!]?.has(ids[assignment[sim]!]!)) return false
  }
  return true
}
