import type { Branch } from "./branch.ts"

/** What splits have gained, so that the one that tells most is made first. */
export interface Gains {
  /**
   * Picks a split.
   *
   * @param room Distance of the node's bound from the best cost: gains beyond it close a side.
   * @param attempt Relaxes both sides for a look at what they gain.
   */
  choose(branches: readonly Branch[], room: number, attempt: (branch: Branch) => readonly [number, number]): Branch
}

// Looks at a split before what it has gained is trusted, and looks at one node.
const TRUSTED = 2
const MOST_LOOKS = 12
// Splits that are looked at after the best one, in the order of what is expected of them.
const MOST_WORSE = 6
// Share of the room that a side counts for at least: where the other side is closed, and where not.
const BESIDE_CLOSED = 0.02
const BESIDE_OPEN = 0.001
// What a split is expected to gain of what it is about before anything is known of it.
const FIRST_GUESS = 0.1

/** Nothing gained yet. */
export function newGains(): Gains {
  const known = new Map<string, { down: number; up: number; looks: number }>()
  return {
    choose(branches, room, attempt) {
      const of = ({ kind, index }: Branch) => known.get(kind + index) ?? { down: 0, up: 0, looks: 0 }
      const expected = branches.map((branch) => {
        const { down, up, looks } = of(branch)
        const guess = looks === 0 ? FIRST_GUESS * branch.weight : 0
        const per = Math.max(1, looks)
        return {
          branch,
          score: score((branch.part * (guess + down)) / per, ((1 - branch.part) * (guess + up)) / per, room),
        }
      })
      expected.sort((a, b) => b.score - a.score)
      let best = expected[0]!
      let bestScore = -1
      let looksHere = 0
      let worse = 0
      for (const { branch, score: first } of expected) {
        const before = of(branch)
        let real = first
        if (before.looks < TRUSTED && looksHere < MOST_LOOKS && expected.length > 1) {
          looksHere++
          const [down, up] = attempt(branch)
          known.set(branch.kind + branch.index, {
            down: before.down + Math.min(down, room) / branch.part,
            up: before.up + Math.min(up, room) / (1 - branch.part),
            looks: before.looks + 1,
          })
          real = score(down, up, room)
        }
        if (real > bestScore) {
          best = { branch, score: real }
          bestScore = real
          worse = 0
        } else if (++worse > MOST_WORSE) break
      }
      return best.branch
    },
  }
}

function score(down: number, up: number, room: number): number {
  const less = Math.min(down, up, room)
  const more = Math.min(Math.max(down, up), room)
  // A side that is closed outright is worth having even where the other gains nothing.
  return (less + (more < room ? BESIDE_OPEN : BESIDE_CLOSED) * room) * more
}
