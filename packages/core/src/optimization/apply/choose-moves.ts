import { type Repricing, reprice } from "@altaworx/optimizer"
import type { ProblemInUse } from "../solve/solve-problem.ts"

/** A problem and where its SIMs would go if nothing held them back. */
export interface WishedProblem {
  /** Without a change cost: what is counted is the bill. */
  readonly problem: ProblemInUse
  readonly target: ArrayLike<number>
}

/** How much may move. */
export interface MoveLimits {
  /** Most moves, and most of them that can be sent in time. */
  readonly mostMoves: number
  readonly inTime: number
  /** What each move has to save beside the others, micro-units. */
  readonly leastSaving: bigint
}

/** One SIM that moves: positions of its problem, of the SIM in it, and of its plans. */
export interface Move {
  readonly problem: number
  readonly sim: number
  readonly from: number
  readonly to: number
  /** What the bill loses by it, micro-units: of a chosen one, made after all those before it; of the others, on top of the chosen ones. */
  readonly saving: bigint
}

/** Which moves are made. */
export interface Choice {
  /** In the order in which they should be made. Their savings add up to `costBefore - cost`. */
  readonly chosen: readonly Move[]
  readonly left: readonly (Move & { readonly reason: "mostMoves" | "noTimeLeft" | "savesTooLittle" })[]
  /** The bill with no move, and with those that are chosen, micro-units. */
  readonly costBefore: bigint
  readonly cost: bigint
}

/**
 * Takes of the wished moves those that are worth it, as many as are allowed, priced exactly: a move into or out of a pool is
 * worth more or less beside others, so each is priced beside those that are made with it.
 *
 * The moves are undone one after the other, least worth first; the reverse is the order to make them in. Of the beginnings of
 * that list that are short enough the cheapest is taken, and nothing at all is one of them. Then what saves too little beside
 * the others is left out, and the rest is looked at again. So the result is never dearer than no move, and never breaks a limit.
 */
export async function chooseMoves(
  wished: readonly WishedProblem[],
  limits: MoveLimits,
  giveWay: () => Promise<void> = () => Promise.resolve(),
): Promise<Choice> {
  const bills = wished.map(({ problem, target }) => reprice(problem, target))
  const all = wished.flatMap(({ problem, target }, at) => wishesOf(at, problem, target))
  const order = await undoAll(bills, all, giveWay)
  const costBefore = totalOf(bills)
  let list = order
  let allowed = Math.min(limits.mostMoves, limits.inTime)
  for (;;) {
    const made = makeCheapestBeginning(bills, list.slice(0, allowed))
    const kept = undoWorthless(bills, made, limits.leastSaving)
    await giveWay()
    if (kept.size === made.length) break
    for (const wish of kept) undo(bills, wish)
    list = made.filter((wish) => kept.has(wish))
    allowed = list.length
  }
  const kept = list.slice(0, allowed).filter(({ problem, sim, to }) => bills[problem]!.assignment[sim] === to)
  const isKept = new Set(kept)
  const left = order.flatMap((wish, at): Choice["left"] => {
    if (isKept.has(wish)) return []
    const saving = -bills[wish.problem]!.difference(wish.sim, wish.to)
    const isWorthwhile = saving > 0n && saving >= limits.leastSaving
    const isOver = at >= limits.mostMoves ? "mostMoves" : at >= limits.inTime ? "noTimeLeft" : undefined
    return [{ ...wish, saving, reason: isWorthwhile && isOver ? isOver : "savesTooLittle" }]
  })
  const cost = totalOf(bills)
  for (const wish of kept) undo(bills, wish)
  const chosen = kept.map((wish) => ({ ...wish, saving: -make(bills, wish) }))
  return { chosen, left, costBefore, cost }
}

type Bills = readonly Repricing[]
type Wish = Omit<Move, "saving">

function wishesOf(at: number, { sims }: ProblemInUse, target: ArrayLike<number>): readonly Wish[] {
  const wishes: Wish[] = []
  for (let sim = 0; sim < target.length; sim++) {
    const from = sims.currentPlan[sim]!
    if (target[sim] !== from) wishes.push({ problem: at, sim, from, to: target[sim]! })
  }
  return wishes
}

/** Makes a move, and gives what the bill changed by. */
function make(bills: Bills, { problem, sim, to }: Wish): bigint {
  const bill = bills[problem]!
  const before = bill.total
  bill.move(sim, to)
  return bill.total - before
}

function undo(bills: Bills, { problem, sim, from }: Wish): void {
  bills[problem]!.move(sim, from)
}

/** What the bill would gain if a move that is made were undone. */
function worthOf(bills: Bills, { problem, sim, from }: Wish): bigint {
  return bills[problem]!.difference(sim, from)
}

function totalOf(bills: Bills): bigint {
  return bills.reduce((sum, { total }) => sum + total, 0n)
}

function behind(a: Wish, b: Wish): number {
  return b.problem - a.problem || b.sim - a.sim
}

/** Sorted by what they are worth as the bills stand, least first; of equals the last first. */
function byWorth(bills: Bills, wishes: readonly Wish[]): readonly { readonly wish: Wish; readonly worth: bigint }[] {
  return wishes
    .map((wish) => ({ wish, worth: worthOf(bills, wish) }))
    .sort((a, b) => (a.worth < b.worth ? -1 : a.worth > b.worth ? 1 : behind(a.wish, b.wish)))
}

/** Undoes all moves, least worth first, and gives them in the reverse order. */
async function undoAll(bills: Bills, wishes: readonly Wish[], giveWay: () => Promise<void>): Promise<readonly Wish[]> {
  const undone: Wish[] = []
  for (let rest = wishes; rest.length > 0; ) {
    const sorted = byWorth(bills, rest)
    // A round undoes what is worth no more than its border, looked at anew each time; so few rounds are enough.
    const end = Math.floor(sorted.length / 4) + 1
    const border = sorted[end - 1]!.worth
    const next: Wish[] = []
    for (const [at, { wish }] of sorted.entries()) {
      if (at >= end || worthOf(bills, wish) > border) next.push(wish)
      else {
        undo(bills, wish)
        undone.push(wish)
      }
    }
    rest = next
    await giveWay()
  }
  return undone.reverse()
}

/** Makes moves one after the other as far as the bill is lowest, and gives those. */
function makeCheapestBeginning(bills: Bills, list: readonly Wish[]): readonly Wish[] {
  let change = 0n
  let lowest = 0n
  let end = 0
  for (const [at, wish] of list.entries()) {
    change += make(bills, wish)
    if (change >= lowest) continue
    lowest = change
    end = at + 1
  }
  for (const wish of list.slice(end)) undo(bills, wish)
  return list.slice(0, end)
}

/** Undoes those that are worth less than `least` until none is, and gives the others. */
function undoWorthless(bills: Bills, made: readonly Wish[], least: bigint): ReadonlySet<Wish> {
  const kept = new Set(made)
  for (let before = -1; before !== kept.size; ) {
    before = kept.size
    for (const { wish, worth } of byWorth(bills, [...kept])) {
      if (worth >= least) break
      if (worthOf(bills, wish) >= least) continue
      undo(bills, wish)
      kept.delete(wish)
    }
  }
  return kept
}
