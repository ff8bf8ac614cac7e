/** A stretch of time during which a SIM was on one plan and either active or not. */
export interface Stretch {
  /** Epoch milliseconds; the first stretch of a SIM starts at -Infinity. */
  readonly from: number
  /** Epoch milliseconds, excluded; Infinity for the one that lasts. */
  readonly until: number
  readonly ratePlan: string
  readonly isActive: boolean
}

/** What usage is rated by: which plan a SIM was on, and when. */
export interface Timeline {
  /** Notes that a SIM is on a plan, active or not, from an instant on. */
  note(id: number, from: number, before: RatedAs, after: RatedAs): void
  /** The stretches of a SIM; undefined for one that never changed. */
  of(id: number): readonly Stretch[] | undefined
  /** Changes whenever a stretch is added. */
  readonly version: number
}

/** How usage of a SIM is rated at one instant. */
export interface RatedAs {
  readonly ratePlan: string
  readonly status: string
}

/** Keeps stretches for the SIMs that changed, and nothing for the others. */
export function createTimeline(): Timeline {
  const stretches = new Map<number, Stretch[]>()
  let version = 0

  return {
    get version() {
      return version
    },
    of: (id) => stretches.get(id),
    note(id, from, before, after) {
      if (before.ratePlan === after.ratePlan && isActive(before) === isActive(after)) return
      const known = stretches.get(id) ?? [stretch(Number.NEGATIVE_INFINITY, before)]
      const last = known.at(-1)
      if (last === undefined) return
      // Changes arrive in order, save late ones by other users: those count from where the last one began.
      const start = Math.max(from, last.from)
      known[known.length - 1] = { ...last, until: start }
      known.push(stretch(start, after))
      stretches.set(id, known)
      version++
    },
  }
}

function stretch(from: number, rated: RatedAs): Stretch {
  return { from, until: Number.POSITIVE_INFINITY, ratePlan: rated.ratePlan, isActive: isActive(rated) }
}

function isActive({ status }: RatedAs): boolean {
  return status === "ACTIVATED"
}
