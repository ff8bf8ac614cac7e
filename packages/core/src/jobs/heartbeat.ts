import type { Platform } from "../store/mod.ts"
import { CoreError } from "../errors/mod.ts"
import type { LeasedTypes } from "./claim-statements.ts"
import { type HeldJob, renewLeases } from "./statements.ts"

/** Jobs whose leases are kept alive, with what is told when one is lost. */
export interface Heartbeat {
  hold(job: HeldJob, leaseMs: number): AbortController
  /** Ends the care for a job; its lease is left as it is. */
  release(job: HeldJob): void
  /**
   * Renews what is due. Called after each use of the database by a handler, for its native calls let no timer run: the
   * work that stops the heart beats it.
   */
  keepUp(): Promise<void>
  stop(): Promise<void>
}

interface Held {
  readonly job: HeldJob
  readonly leaseMs: number
  readonly lost: AbortController
  renewedAt: number
}

/**
 * Renews the leases of all jobs a worker holds, in one unit, three times within the shortest of them. A lease that is
 * taken aborts its controller; so does one that cannot be renewed until it must have lapsed.
 */
export function startHeartbeat(platform: Platform, types: readonly LeasedTypes[]): Heartbeat {
  const { store, runtime } = platform
  const shortest = Math.min(...types.map(({ leaseMs }) => leaseMs))
  const held = new Map<string, Held>()
  const stopped = new AbortController()
  let beatAt = runtime.clock.now()

  const beat = async (): Promise<void> => {
    const now = runtime.clock.now()
    const before = [...held.values()]
    beatAt = now
    if (before.length === 0) return
    const [rows] = await store.unit({ name: "jobs.renew" }, [
      renewLeases(
        before.map(({ job }) => job),
        types,
        now,
      ),
    ])
    const renewed = new Set(rows?.map(({ seq }) => seq))
    for (const one of before) {
      if (renewed.has(one.job.seq)) one.renewedAt = now
      // Jobs that ended while the unit waited are no longer in the map, and their controllers no longer heard.
      else one.lost.abort(leaseLost())
    }
  }

  const beating = (async () => {
    while (!stopped.signal.aborted) {
      await runtime.clock.sleep(shortest / 3, stopped.signal).catch(() => undefined)
      if (stopped.signal.aborted) return
      // A beat that the database refused is made up for by the next, while there is time.
      await beat().catch(() => undefined)
      const now = runtime.clock.now()
      for (const one of held.values()) if (now - one.renewedAt >= one.leaseMs) one.lost.abort(leaseLost())
    }
  })()

  return {
    hold(job, leaseMs) {
      const lost = new AbortController()
      held.set(keyOf(job), { job, leaseMs, lost, renewedAt: runtime.clock.now() })
      return lost
    },
    release(job) {
      held.delete(keyOf(job))
    },
    async keepUp() {
      if (stopped.signal.aborted || runtime.clock.now() - beatAt < shortest / 3) return
      await beat().catch(() => undefined)
    },
    stop() {
      stopped.abort()
      return beating
    },
  }
}

function keyOf(job: HeldJob): string {
  return `${job.seq}/${job.leaseToken}`
}

function leaseLost(): CoreError {
  return new CoreError("job.lease_lost", "Cannot go on with the job: it is no longer held by this worker")
}
