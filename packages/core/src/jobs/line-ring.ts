import type { Platform, Statement } from "../store/mod.ts"
import {
  type ClaimScope,
  dueLines,
  type FoundLine,
  needsCare,
  nextWaitEnds,
  promoteWaitingJobs,
  releaseLapsedJobs,
  unblockHeirs,
} from "./claim-statements.ts"

/** The lines a worker may claim from, by turns: of tenants first, then of each one's queues and targets. */
export interface LineRing {
  /**
   * The lines whose turn it is: one that is limited, or some that are not. Empty when no job can start. A tenant's only line
   * comes again while another's many have their turns.
   */
  next(limit: number): Promise<readonly FoundLine[]>
  /** Takes out a line that gave less than it was asked for, until the next look. */
  drop(line: FoundLine): void
  /** When a job can start next, epoch milliseconds; `null` when none is waiting. */
  nextDueAt(): Promise<number | null>
}

// How often lines, lapsed leases and waiting jobs are looked for while there is enough to do: a claim is cheaper.
const LOOK_INTERVAL_MS = 250
// The same on hosts whose clock stands still while they compute.
const CLAIMS_BETWEEN_LOOKS = 100
// A unit of this many updates takes a few milliseconds.
const PROMOTED_AT_ONCE = 1_000
// More make the claim's text long, and there is one text for each number of lines.
const LINES_AT_ONCE = 8

export function lineRing(platform: Platform, scope: Omit<ClaimScope, "now">): LineRing {
  const { store, runtime } = platform
  let lookedAt = Number.NEGATIVE_INFINITY
  let claims = 0
  // By tenant; the first is next.
  let ring: FoundLine[][] = []

  const care = async (now: number): Promise<void> => {
    const [row] = await store.rows<{ needed: number }>(needsCare(now))
    if (row?.needed !== 1) return
    const statements: readonly Statement[] = [
      ...releaseLapsedJobs(now),
      ...unblockHeirs(now),
      promoteWaitingJobs(now, PROMOTED_AT_ONCE),
    ]
    await store.unit({ name: "jobs.care" }, statements)
  }

  const look = async (): Promise<void> => {
    const now = runtime.clock.now()
    lookedAt = now
    claims = 0
    await care(now)
    const lines = await store.rows<FoundLine>(dueLines({ ...scope, now }))
    const byTenant = new Map<string, FoundLine[]>()
    for (const line of lines.filter(({ room }) => room > 0)) {
      byTenant.set(line.tenantId, [...(byTenant.get(line.tenantId) ?? []), line])
    }
    // Those that were in the ring keep their turn: a look comes often, and must not begin anew with the same tenants.
    const order = new Map(ring.map((own, i) => [own[0]?.tenantId, i]))
    ring = [...byTenant.values()].sort(([a], [b]) => (order.get(a?.tenantId) ?? -1) - (order.get(b?.tenantId) ?? -1))
  }

  const turn = (): FoundLine | undefined => {
    const own = ring.shift()
    const line = own?.shift()
    if (!own || !line) return undefined
    own.push(line)
    ring.push(own)
    return line
  }

  return {
    async next(limit) {
      const isLate = runtime.clock.now() - lookedAt >= LOOK_INTERVAL_MS || ++claims > CLAIMS_BETWEEN_LOOKS
      if (ring.length === 0 || isLate) await look()
      const count = Math.min(LINES_AT_ONCE, limit, ring.flat().length)
      const first = turn()
      if (!first || first.isLimited === 1) return first ? [first] : []
      const lines = [first]
      while (lines.length < count && ring[0]?.[0]?.isLimited === 0) lines.push(turn() as FoundLine)
      return lines
    },
    drop(line) {
      ring = ring.map((own) => own.filter((one) => one !== line)).filter((own) => own.length > 0)
    },
    async nextDueAt() {
      const now = runtime.clock.now()
      const lines = await store.rows<FoundLine>(dueLines({ ...scope, now }))
      const [wait] = await store.rows<{ at: number | null }>(nextWaitEnds({ ...scope, now }))
      const opensAt = ({ room, opensAt: at }: FoundLine) => (room > 0 ? now : at !== null && at > now ? at : [])
      const instants = [...lines.flatMap(opensAt), ...(wait?.at == null ? [] : [wait.at])]
      return instants.length === 0 ? null : instants.reduce((a, b) => Math.min(a, b))
    },
  }
}
